import type { ServingEvent } from '../../contracts/events.ts';
import type { UnitCounts } from './decay.ts';
import { isNewUnit, type SeenUnits } from './seen-units.ts';

/**
 * Units of the champion whose window has closed, and how many of them had the event: each unit once, by its first exposure in
 * (after, until] unless it was seen before, with the rewards of this name above 0 within `windowMilliseconds` of it. Rewards later than that belong
 * to no exposure. Batches come in any order; one is in memory at a time, and of each unit only what counts.
 * @param seen units counted in earlier spans; those of this one are added, in place
 */
export async function closedUnits(
  batches: AsyncIterable<readonly ServingEvent[]> | Iterable<readonly ServingEvent[]>,
  version: number,
  reward: string,
  { after, until, windowMilliseconds }: { after: number; until: number; windowMilliseconds: number },
  seen: SeenUnits,
): Promise<UnitCounts> {
  const firstExposed = new Map<string, number>();
  const rewarded = new Map<string, number[]>();
  for await (const events of batches)
    for (const event of events) {
      if (event.kind === 'exposure') {
        if (event.arm !== 'champion' || event.version !== version || event.at <= after || event.at > until) continue;
        const first = firstExposed.get(event.unit);
        if (first === undefined ? isNewUnit(seen, event.unit) : event.at < first) firstExposed.set(event.unit, event.at);
      } else if (event.name === reward && event.value > 0 && event.at > after && event.at <= until + windowMilliseconds) {
        const times = rewarded.get(event.unit);
        if (times) times.push(event.at);
        else rewarded.set(event.unit, [event.at]);
      }
    }
  let had = 0;
  for (const [unit, exposed] of firstExposed) if (rewarded.get(unit)?.some((at) => at >= exposed && at <= exposed + windowMilliseconds)) had++;
  return { units: firstExposed.size, events: had };
}
