import { createHash } from 'node:crypto';
import type { ArmName } from '../contracts/events.ts';

/**
 * Sticky assignment: a unit's point in [0,1) depends on the rollout and the unit alone, and the challenger takes the points below its share.
 * A ramp therefore only adds units to the challenger, and each rollout draws other units.
 * @param unit the unit's hash (`unitHash`)
 * @param percent the challenger's share of units, 0–100
 */
export const assign = (rollout: string, unit: string, percent: number): ArmName => (splitPoint(rollout, unit) < percent / 100 ? 'challenger' : 'champion');

/** Uniform in [0,1): the first 52 bits of sha256(rollout, unit), which a double holds exactly. */
export function splitPoint(rollout: string, unit: string): number {
  const digest = createHash('sha256').update(`${rollout}\n${unit}`).digest('hex');
  return Number.parseInt(digest.slice(0, 13), 16) / 2 ** 52;
}

/** How a unit is called in the event log: sha256 shortened to 16 hex digits, so that a customer's id never reaches it. */
export const unitHash = (unit: string): string => createHash('sha256').update(unit).digest('hex').slice(0, 16);
