import type { RolloutState } from './state.ts';
import { Strata } from './look.ts';
import { addReward } from './means.ts';
import { SLOW } from './counts.ts';
import type { OpenWindow } from './units.ts';

/**
 * Closes the windows that event time has passed and counts them, in place and in the order in which they close.
 * A unit exposed under two shares inside its window is left out whichever arm it is in: leaving out only those that moved would
 * thin the champion's active units and make its rate look lower.
 */
export function closeWindows(state: RolloutState, until: number, windowMilliseconds: number): void {
  const { counts, open } = state;
  const closing = [...open].filter(([, { from }]) => from + windowMilliseconds < until).sort(([, a], [, b]) => a.from - b.from);
  for (const [hash] of closing) open.delete(hash);
  const windows = closing.map(([, window]) => window).filter(({ mixed }) => !mixed);
  const isJudgedSlow = ({ from }: OpenWindow) => state.slow.milliseconds !== null && from >= state.slow.since;
  counts.metrics.forEach((metric, index) => {
    if (metric.means) for (const { arm, share, sums } of windows) addReward(metric.means, arm, counts.steps[share]!.share, sums[index] ?? 0);
    else {
      const strata = new Strata();
      for (const window of windows) if (index !== SLOW || isJudgedSlow(window)) strata.add(window, (window.had & (1 << index)) !== 0);
      strata.addTo(metric.windows);
    }
  });
}

/**
 * Event time up to which all gateways' events are known, or that has passed long enough: a gateway that went away must not stop the clock.
 * Never goes backwards.
 */
export function knownUntil(state: RolloutState, patienceMilliseconds: number): number {
  const ends = Object.values(state.known);
  if (ends.length === 0) return state.closedUntil;
  return Math.max(state.closedUntil, Math.min(...ends), Math.max(...ends) - patienceMilliseconds);
}
