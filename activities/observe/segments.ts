import { readJson } from '../../adapters/objects.ts';
import { summaryKey, type SegmentSummary, type ServingEvent } from '../../contracts/events.ts';
import { keys } from '../../contracts/ids.ts';
import type { ObjectStore } from '../../contracts/store.ts';

export interface Segment {
  key: string;
  summary: SegmentSummary;
}

const DAY_MILLISECONDS = 24 * 3600 * 1000;
const SUMMARY = summaryKey('.jsonl');

/** Whole segments of a model that ended in (after, until], by the time they ended; milliseconds since the epoch. */
export async function segmentsEndedWithin(store: ObjectStore, model: string, after: number, until: number): Promise<Segment[]> {
  const segments: Segment[] = [];
  // A segment lies in the folder of the day on which it began, which may be the day before it ended.
  for (let day = after - DAY_MILLISECONDS; day < until + DAY_MILLISECONDS; day += DAY_MILLISECONDS)
    for (const summaries of await summariesByGateway(store, `${keys.events(model)}${new Date(day).toISOString().slice(0, 10)}/`))
      // Newest first: a gateway's segments end in the order of their keys, so the first that is too old ends the search.
      for (const key of summaries.reverse()) {
        const summary = (await readJson<SegmentSummary>(store, key))!;
        if (summary.toMilliseconds <= after) break;
        if (summary.toMilliseconds <= until) segments.push({ key: `${key.slice(0, -SUMMARY.length)}.jsonl`, summary });
      }
  return segments.sort((a, b) => a.summary.toMilliseconds - b.summary.toMilliseconds);
}

async function summariesByGateway(store: ObjectStore, folder: string): Promise<string[][]> {
  const gateways = new Map<string, string[]>();
  for await (const { key } of store.list(folder)) {
    if (!key.endsWith(SUMMARY)) continue;
    const gateway = key.slice(0, key.lastIndexOf('-'));
    const before = gateways.get(gateway);
    if (before) before.push(key);
    else gateways.set(gateway, [key]);
  }
  return [...gateways.values()];
}

/** Every event of these segments, one segment in memory at a time. */
export async function eventsOf(store: ObjectStore, segments: readonly Segment[]): Promise<ServingEvent[]> {
  const events: ServingEvent[] = [];
  for (const { key } of segments) {
    const found = await store.get(key);
    for (const line of found?.body.toString('utf8').split('\n') ?? []) if (line) events.push(JSON.parse(line) as ServingEvent);
  }
  return events;
}
