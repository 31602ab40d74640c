import { summaryKey, type SegmentSummary, type ServingEvent } from '../../../contracts/events.ts';
import { keys } from '../../../contracts/ids.ts';
import type { ObjectStore } from '../../../contracts/store.ts';

export interface StoredSegment {
  key: string;
  events: ServingEvent[];
  summary: SegmentSummary;
}

/** The segments of a model in the store, as a reader sees them: those whose summary stands. */
export async function storedSegments(store: ObjectStore, model = 'tiny'): Promise<StoredSegment[]> {
  const segments: StoredSegment[] = [];
  for await (const { key } of store.list(keys.events(model))) {
    if (!key.endsWith('.jsonl')) continue;
    const [body, summary] = [await store.get(key), await store.get(summaryKey(key))];
    if (!summary) continue;
    const lines = body!.body.toString().split('\n').slice(0, -1);
    segments.push({ key, events: lines.map((line) => JSON.parse(line) as ServingEvent), summary: JSON.parse(summary.body.toString()) as SegmentSummary });
  }
  return segments;
}

export const storedEvents = async (store: ObjectStore, model = 'tiny'): Promise<ServingEvent[]> =>
  (await storedSegments(store, model)).flatMap(({ events }) => events);
