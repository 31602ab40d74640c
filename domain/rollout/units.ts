import type { ArmName } from '../../contracts/events.ts';

/**
 * A unit of a rollout in 30 bits, so that a million of them stay small: arm (1), arm changed to another since (1), index of the share of its last
 * exposure (6), share of its first exposure (6), and one bit per metric whose event it had (16).
 */
export type PackedUnit = number;

export const MOST_METRICS = 16;
export const MOST_SHARES = 64;

export interface Unit {
  arm: ArmName;
  share: number;
  firstShare: number;
  /** Bit i: it had the event of metric i at least once in this rollout. */
  had: number;
  /** It has been served by both arms. */
  moved: boolean;
}

export const pack = ({ arm, moved, share, firstShare, had }: Unit): PackedUnit =>
  (arm === 'challenger' ? 1 : 0) | (moved ? 2 : 0) | (share << 2) | (firstShare << 8) | (had << 14);

export const unpack = (packed: PackedUnit): Unit => ({
  arm: packed & 1 ? 'challenger' : 'champion',
  moved: (packed & 2) !== 0,
  share: (packed >> 2) & 63,
  firstShare: (packed >> 8) & 63,
  had: packed >>> 14,
});

/** A unit whose window is still open. */
export interface OpenWindow {
  arm: ArmName;
  share: number;
  /** First exposure, milliseconds since the epoch. */
  from: number;
  /** Bit i: event of metric i inside the window. */
  had: number;
  /** Exposed under another share or by the other arm inside the window: left out when it closes. */
  mixed: boolean;
  /** Sum of rewards inside the window, per metric that is a mean. */
  sums: Record<number, number>;
}

const HASH_CHARACTERS = 16;
const STATE_CHARACTERS = 6; // 30 bits to the base 36
const RECORD_CHARACTERS = HASH_CHARACTERS + STATE_CHARACTERS;

/** Units as one text of fixed records, 22 characters each. */
export function encodeUnits(units: ReadonlyMap<string, PackedUnit>): string {
  const records: string[] = [];
  for (const [hash, packed] of units) records.push(hash, packed.toString(36).padStart(STATE_CHARACTERS, '0'));
  return records.join('');
}

export function decodeUnits(text: string): Map<string, PackedUnit> {
  const units = new Map<string, PackedUnit>();
  for (let at = 0; at < text.length; at += RECORD_CHARACTERS)
    units.set(text.slice(at, at + HASH_CHARACTERS), Number.parseInt(text.slice(at + HASH_CHARACTERS, at + RECORD_CHARACTERS), 36));
  return units;
}
