import type { ArmName } from '../../contracts/events.ts';
import { ERROR, SLOW, noUnits, type RolloutCounts, type Tally } from './counts.ts';
import { isInformative, type Stratum } from './rates.ts';

/** Where a unit stood: which arm served it, under which share (index in `RolloutCounts.steps`). */
export interface Place {
  arm: ArmName;
  share: number;
}

/** What happened to one unit within a look. */
interface Seen extends Place {
  /** Events it had before this look. */
  hadBefore: number;
  exposed: boolean;
  /** Where it stood at its first event of a metric, if that is in this look. */
  events: Record<number, Place>;
}

/** Units of one look. */
export type Look = Map<string, Seen>;

/** The unit was active; its place is that of its last exposure. */
export function touch(look: Look, hash: string, place: Place, hadBefore: number, exposed: boolean): Seen {
  const seen = look.get(hash);
  if (!seen) {
    const first = { ...place, hadBefore, exposed, events: {} };
    look.set(hash, first);
    return first;
  }
  seen.arm = place.arm;
  seen.share = place.share;
  seen.exposed ||= exposed;
  return seen;
}

/**
 * Adds the look to the counts of units at risk, in place: a unit is at risk of a metric when it had no such event before this look and was exposed in it,
 * or had the event in it. One stratum per share, because only units split by the same share differ by chance alone: a reward that comes
 * after the ramp has moved on belongs with the share of its exposure.
 * @param slowIsKnown before the border of slow answers is known, nobody is at risk of one
 */
export function sealLook(counts: RolloutCounts, look: Look, slowIsKnown: boolean): void {
  counts.metrics.forEach((metric, index) => {
    if (metric.kind === 'mean' || (index === SLOW && !slowIsKnown)) return;
    const strata = new Strata();
    for (const seen of look.values()) {
      if (seen.hadBefore & (1 << index)) continue;
      const event = seen.events[index];
      if (event) strata.add(event, true);
      else if (seen.exposed) strata.add(seen, false);
    }
    strata.addTo(metric.risk);
  });
}

/** Strata of one look while it is counted, by share. */
export class Strata {
  private readonly byShare = new Map<number, [number, number, number, number]>();

  add({ arm, share }: Place, event: boolean): void {
    const stratum = this.byShare.get(share) ?? [0, 0, 0, 0];
    this.byShare.set(share, stratum);
    const side = arm === 'challenger' ? 0 : 1;
    stratum[side] += 1;
    if (event) stratum[side + 2]! += 1;
  }

  addTo(tally: Tally): void {
    for (const [share, stratum] of [...this.byShare].sort(([a], [b]) => a - b)) addStratumTo(tally, share, stratum);
  }
}

function addStratumTo(tally: Tally, share: number, stratum: Stratum): void {
  const [challengerUnits, championUnits, challengerEvents, championEvents] = stratum;
  while (tally.shares.length <= share) tally.shares.push({ champion: noUnits(), challenger: noUnits() });
  for (const to of [tally, tally.shares[share]!]) {
    to.challenger.units += challengerUnits;
    to.challenger.events += challengerEvents;
    to.champion.units += championUnits;
    to.champion.events += championEvents;
  }
  if (isInformative(stratum)) tally.strata.push(stratum);
}

/** Metrics whose event is an answer, not a reward. */
export const isAnswerMetric = (index: number): boolean => index === ERROR || index === SLOW;
