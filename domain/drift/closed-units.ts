import type { ServingEvent } from '../../contracts/events.ts';
import type { UnitCounts } from './decay.ts';

/**
 * Units of the champion whose window has closed, and how many of them had the event: each unit once, by its first exposure in
 * (after, until], with the rewards of this name within `windowMilliseconds` of it. Rewards later than that belong to no exposure.
 */
export function closedUnits(
  events: Iterable<ServingEvent>,
  version: number,
  reward: string,
  span: { after: number; until: number; windowMilliseconds: number },
): UnitCounts {
  const firstExposed = new Map<string, number>();
  const rewarded = new Map<string, number[]>();
  for (const event of events) {
    if (event.kind === 'exposure') {
      const counts = event.arm === 'champion' && event.version === version && event.at > span.after && event.at <= span.until;
      if (counts && event.at < (firstExposed.get(event.unit) ?? Infinity)) firstExposed.set(event.unit, event.at);
    } else if (event.name === reward) {
      const times = rewarded.get(event.unit);
      if (times) times.push(event.at);
      else rewarded.set(event.unit, [event.at]);
    }
  }
  let had = 0;
  for (const [unit, exposed] of firstExposed) if (rewarded.get(unit)?.some((at) => at >= exposed && at <= exposed + span.windowMilliseconds)) had++;
  return { units: firstExposed.size, events: had };
}
