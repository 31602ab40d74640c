import { splitSeed } from '../random.ts';

/**
 * Units counted already, as one bit each by the hash of the unit: one megabyte however many there are. Two units that share a bit count as one:
 * which of them is left out has nothing to do with what it did, so no rate moves. A champion with more new units than bits is at last not judged any more.
 */
export type SeenUnits = Uint8Array;

const BITS = 23;

export const nobodySeen = (): SeenUnits => new Uint8Array(2 ** BITS / 8);

/** True for the first of the units with this hash, which is then seen. Changes `seen` in place. */
export function isNewUnit(seen: SeenUnits, unit: string): boolean {
  const bit = splitSeed(0, unit) >>> (32 - BITS);
  const [byte, mask] = [bit >>> 3, 1 << (bit & 7)];
  if (seen[byte]! & mask) return false;
  seen[byte]! |= mask;
  return true;
}
