import { readJson } from '../../adapters/objects.ts';
import { summaryKey, type SegmentSummary } from '../../contracts/events.ts';
import { keys } from '../../contracts/ids.ts';
import type { ObjectStore } from '../../contracts/store.ts';

export interface Segment {
  key: string;
  summary: SegmentSummary;
}

const DAY_MILLISECONDS = 24 * 3600 * 1000;
const SUMMARY = summaryKey('.jsonl');

/**
 * Segments of a model that ended after a time and ended, or only began, by another; each gateway's in order; milliseconds since the epoch.
 * One summary is in memory at a time, and the keys of one day.
 */
export async function* segmentsWithin(store: ObjectStore, model: string, after: number, until: { ended: number } | { began: number }): AsyncGenerator<Segment> {
  const last = 'ended' in until ? until.ended : until.began;
  // A segment lies in the folder of the day on which it began, which may be the day before it ended.
  for (let day = after - DAY_MILLISECONDS; day < last + DAY_MILLISECONDS; day += DAY_MILLISECONDS)
    for (const summaries of await summariesByGateway(store, `${keys.events(model)}${new Date(day).toISOString().slice(0, 10)}/`))
      for (const key of summaries.slice(await firstEndedAfter(store, summaries, after))) {
        const summary = (await readJson<SegmentSummary>(store, key))!;
        if (('ended' in until ? summary.toMilliseconds : summary.fromMilliseconds) > last) break;
        yield { key: `${key.slice(0, -SUMMARY.length)}.jsonl`, summary };
      }
}

/** Index of the first that ended after a time, one that does not stand yet being the latest: a gateway's segments end in the order of their keys, so a day of them is bisected, not read. */
export async function firstEndedAfter(store: ObjectStore, summaries: readonly string[], after: number): Promise<number> {
  let [low, high] = [0, summaries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const summary = await readJson<SegmentSummary>(store, summaries[middle]!);
    if (!summary || summary.toMilliseconds > after) high = middle;
    else low = middle + 1;
  }
  return low;
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
