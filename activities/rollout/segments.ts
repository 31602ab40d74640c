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
 * Segments after the cursors, those that ended first coming first whichever gateway they are of, and each gateway's only as far as their summaries
 * stand: a summary vouches for everything before it. Read as they are taken, one in memory per gateway, so a backlog may be of any length.
 * @param since days before this one are not looked at; milliseconds since the epoch
 * Throws ObjectCorrupt when a line is no event.
 */
export async function* newSegments(store: ObjectStore, model: string, cursors: Record<string, string>, since: number): AsyncGenerator<Segment> {
  const heads: Head[] = [];
  for (const places of byGateway(await newPlaces(store, model, cursors, since))) await advance(store, places, heads);
  while (heads.length > 0) {
    // Were one gateway read far ahead of another, its clock would close windows that rewards of the other belong to.
    heads.sort((a, b) => b.summary.toMilliseconds - a.summary.toMilliseconds);
    const { place, summary, rest } = heads.pop()!;
    const events = summary.events > 0 ? await readEvents(store, place.key) : [];
    yield { key: place.key, gateway: place.gateway, until: summary.toMilliseconds, events };
    await advance(store, rest, heads);
  }
}

/** A gateway's next segment, and the places of those behind it, last one first. */
interface Head {
  place: SegmentPlace;
  summary: SegmentSummary;
  rest: SegmentPlace[];
}

async function advance(store: ObjectStore, rest: SegmentPlace[], heads: Head[]): Promise<void> {
  const place = rest.pop();
  const summary = place && (await readJson<SegmentSummary>(store, summaryKey(place.key)));
  if (summary) heads.push({ place, summary, rest });
}

function byGateway(places: readonly SegmentPlace[]): SegmentPlace[][] {
  const gateways = new Map<string, SegmentPlace[]>();
  for (const place of places.toReversed()) {
    const behind = gateways.get(place.gateway);
    if (behind) behind.push(place);
    else gateways.set(place.gateway, [place]);
  }
  return [...gateways.values()];
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
