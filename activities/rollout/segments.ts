import { NightjarError } from '../../contracts/errors.ts';
import { summaryKey, type SegmentSummary, type ServingEvent } from '../../contracts/events.ts';
import { keys } from '../../contracts/ids.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { readJson } from '../../adapters/objects.ts';
import type { Segment } from '../../domain/rollout/fold.ts';

/** Where a segment stands: `events/<model>/<day>/<gateway>-<sequence>.jsonl`. */
export interface SegmentPlace {
  key: string;
  day: string;
  gateway: string;
}

const PATTERN = /^events\/[^/]+\/([^/]+)\/(.+)-\d{10}\.jsonl$/;

export function placeOf(key: string): SegmentPlace | null {
  const found = PATTERN.exec(key);
  return found && { key, day: found[1]!, gateway: found[2]! };
}

/**
 * Segments after the cursors, each gateway's in ascending order and only as far as their summaries stand: a summary vouches for everything before it.
 * @param since days before this one are not looked at; milliseconds since the epoch
 * Throws ObjectCorrupt when a line is no event.
 */
export async function newSegments(store: ObjectStore, model: string, cursors: Record<string, string>, since: number): Promise<Segment[]> {
  const segments: Segment[] = [];
  const waiting = new Set<string>();
  for (const { key, gateway } of await newPlaces(store, model, cursors, since)) {
    if (waiting.has(gateway)) continue;
    const segment = await readSegment(store, key, gateway);
    if (segment) segments.push(segment);
    else waiting.add(gateway);
  }
  return segments;
}

/** Lists from the cursors on; where the list would run through segments of a gateway that are folded already, it starts again behind them. */
async function newPlaces(store: ObjectStore, model: string, cursors: Record<string, string>, since: number): Promise<SegmentPlace[]> {
  const prefix = keys.events(model);
  let after: string | null = startOfDay(model, since);
  const places: SegmentPlace[] = [];
  while (after !== null) {
    const from: string = after;
    after = null;
    for await (const { key } of store.list(prefix, from)) {
      const place = placeOf(key);
      const cursor = place && cursors[place.gateway];
      if (!place) continue;
      if (cursor && key <= cursor) {
        after = skipTo(prefix, place, cursor);
        break;
      }
      places.push(place);
    }
  }
  return places;
}

/** Sorts before all segments of the day of a time. */
export const startOfDay = (model: string, milliseconds: number): string => `${keys.events(model)}${new Date(milliseconds).toISOString().slice(0, 10)}`;

/** Behind the cursor on its day; on an earlier day behind all segments of the gateway (`~` sorts after every digit). */
const skipTo = (prefix: string, { day, gateway }: SegmentPlace, cursor: string): string =>
  placeOf(cursor)!.day === day ? cursor : `${prefix}${day}/${gateway}-~`;

async function readSegment(store: ObjectStore, key: string, gateway: string): Promise<Segment | null> {
  const summary = await readJson<SegmentSummary>(store, summaryKey(key));
  if (!summary) return null;
  return { key, gateway, until: summary.toMilliseconds, events: summary.events > 0 ? await readEvents(store, key) : [] };
}

export async function readEvents(store: ObjectStore, key: string): Promise<ServingEvent[]> {
  const found = await store.get(key);
  if (!found) throw new NightjarError('ObjectCorrupt', `${key} is missing, and its summary stands.`);
  try {
    return found.body
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as ServingEvent);
  } catch (error) {
    throw new NightjarError('ObjectCorrupt', `${key} has a line that is no event.`, { cause: error });
  }
}
