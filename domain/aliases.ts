import { NightjarError } from '../contracts/errors.ts';
import type { Aliases, Routes } from '../contracts/routes.ts';

const NONE: Aliases = { champion: null, lastGood: null, epoch: 0, promotedAt: '', by: '', changedAt: '' };

/** The aliases after a promotion. The same promotion again changes nothing, so nothing is promoted twice. Throws Fenced when a newer decision stands. */
export function promoted(current: Aliases | null, version: number, epoch: number, by: string, now: string): Aliases {
  const before = notNewer(current, epoch);
  if (before.champion === version) return before;
  return { champion: version, lastGood: before.champion, epoch, promotedAt: now, by, changedAt: now };
}

/** The aliases after a rollback: there is no further way back until the next promotion. Throws Fenced when a newer decision stands. */
export function rolledBack(current: Aliases | null, version: number, epoch: number, by: string, now: string): Aliases {
  const before = notNewer(current, epoch);
  if (before.champion === version) return { ...before, epoch };
  return { ...before, champion: version, lastGood: null, epoch, promotedAt: now, by, changedAt: now };
}

/**
 * Version that a rollback goes to; null when there is none. While a challenger takes traffic, or has just taken all of it and is not named yet,
 * that is the champion by name; otherwise it is the version before.
 */
export function wayBack(aliases: Aliases | null, routes: Routes | null): number | null {
  const undecided = routes?.challenger || routes?.champion?.version !== aliases?.champion;
  return (undecided ? aliases?.champion : aliases?.lastGood) ?? null;
}

function notNewer(current: Aliases | null, epoch: number): Aliases {
  const before = current ?? NONE;
  if (before.epoch > epoch) throw new NightjarError('Fenced', `The aliases were decided in epoch ${before.epoch}, this step belongs to ${epoch}.`);
  return before;
}
