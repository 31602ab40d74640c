import { summaryKey, type SegmentSummary, type ServingEvent } from '../../contracts/events.ts';
import { keys } from '../../contracts/ids.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { readJson } from '../../adapters/objects.ts';
import { SLOW_SAMPLE } from '../../domain/rollout/state.ts';
import { placeOf, readEvents, startOfDay } from './segments.ts';

/** Gateways see a new share up to this long before it is recorded as set. */
const LEAD_MILLISECONDS = 5 * 60_000;
/** Segments per gateway read for the champion's answer times, or for the traffic of late. */
const MOST_SEGMENTS = 10;
const DAY = 24 * 3600 * 1000;

/**
 * Where the events of a rollout begin in each gateway's log, and how long the champion took to answer before.
 * @param startedAt milliseconds since the epoch
 * @returns per gateway the last segment that ended before, and answer times in milliseconds
 */
export async function beforeRollout(
  store: ObjectStore,
  model: string,
  champion: number,
  startedAt: number,
): Promise<{ cursors: Record<string, string>; answerTimes: number[] }> {
  const cursors: Record<string, string> = {};
  const answerTimes: number[] = [];
  for (const [gateway, segments] of await segmentsSince(store, model, startedAt - DAY)) {
    let read = 0;
    for (const key of segments.reverse()) {
      const summary = await readJson<SegmentSummary>(store, summaryKey(key));
      if (!summary || summary.toMilliseconds >= startedAt - LEAD_MILLISECONDS) continue;
      cursors[gateway] ??= key;
      if (read++ >= MOST_SEGMENTS || answerTimes.length >= SLOW_SAMPLE) break;
      if (summary.exposures.champion?.version === champion) answerTimes.push(...championTimes(await readEvents(store, key), champion));
    }
  }
  return { cursors, answerTimes };
}

const championTimes = (events: ServingEvent[], champion: number): number[] =>
  events.flatMap((event) =>
    event.kind === 'exposure' && event.arm === 'champion' && event.version === champion && event.status === 'ok' ? [event.milliseconds] : [],
  );

/**
 * Units per hour in each gateway's newest segments of the last day, and which part of the units had the primary's event; 0 and null without any.
 * @param now milliseconds since the epoch
 */
export async function recentTraffic(
  store: ObjectStore,
  model: string,
  primary: string,
  now: number,
): Promise<{ unitsPerHour: number; eventRate: number | null }> {
  let unitsPerHour = 0;
  const [units, rewarded] = [new Set<string>(), new Set<string>()];
  for (const [, segments] of await segmentsSince(store, model, now - DAY)) {
    const own = new Set<string>();
    let [from, read] = [now, 0];
    for (const key of segments.reverse()) {
      const summary = await readJson<SegmentSummary>(store, summaryKey(key));
      if (!summary) continue;
      if (read++ >= MOST_SEGMENTS) break;
      from = Math.min(from, summary.fromMilliseconds);
      for (const event of summary.events > 0 ? await readEvents(store, key) : []) {
        if (event.kind === 'exposure') own.add(event.unit);
        else if (event.name === primary && event.value > 0) rewarded.add(event.unit);
      }
    }
    if (now > from) unitsPerHour += (3600_000 * own.size) / (now - from); // until now: traffic that has stopped fades
    for (const unit of own) units.add(unit);
  }
  const events = [...rewarded].filter((unit) => units.has(unit)).length;
  return { unitsPerHour, eventRate: events > 0 ? events / units.size : null };
}

/** Keys of segments per gateway, ascending, from the day of a time on. */
async function segmentsSince(store: ObjectStore, model: string, since: number): Promise<Map<string, string[]>> {
  const segments = new Map<string, string[]>();
  for await (const { key } of store.list(keys.events(model), startOfDay(model, since))) {
    const place = placeOf(key);
    if (!place) continue;
    if (!segments.has(place.gateway)) segments.set(place.gateway, []);
    segments.get(place.gateway)!.push(key);
  }
  return segments;
}
