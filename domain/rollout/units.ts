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

const RECORD_BYTES = 12;

/** Units as base64: 8 bytes of hash and 4 of state each, 16 MB for a million. */
export function encodeUnits(units: ReadonlyMap<string, PackedUnit>): string {
  const bytes = Buffer.alloc(units.size * RECORD_BYTES);
  let offset = 0;
  for (const [hash, packed] of units) {
    bytes.write(hash, offset, 8, 'hex');
    bytes.writeUInt32LE(packed, offset + 8);
    offset += RECORD_BYTES;
  }
  return bytes.toString('base64');
}

export function decodeUnits(text: string): Map<string, PackedUnit> {
  const bytes = Buffer.from(text, 'base64');
  const units = new Map<string, PackedUnit>();
  for (let offset = 0; offset < bytes.length; offset += RECORD_BYTES) units.set(bytes.toString('hex', offset, offset + 8), bytes.readUInt32LE(offset + 8));
  return units;
}
