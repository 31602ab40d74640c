import { summaryKey, type SegmentSummary, type ServingEvent } from '../../contracts/events.ts';
import { keys } from '../../contracts/ids.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { readJson } from '../../adapters/objects.ts';
import { SLOW_SAMPLE } from '../../domain/rollout/state.ts';
import { firstEndedAfter, segmentsWithin } from '../observe/segments.ts';
import { placeOf, readEvents, startOfDay } from './segments.ts';

/** Gateways see a new share up to this long before it is recorded as set. */
const LEAD_MILLISECONDS = 5 * 60_000;
/** Segments per gateway read for the champion's answer times. */
const MOST_SEGMENTS = 10;
/** Summaries per gateway read for a day's exposures. */
const MOST_SUMMARIES = 300;
/** Parts of the day, evenly spread, in which units are told apart. */
const BLOCKS = 6;
const BLOCK_MILLISECONDS = 30_000;
/** So much of the log after a block is read for its rewards: planning is a step of seconds. */
const REWARDS_MILLISECONDS = 5 * 60_000;
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
 * Units per hour over the last day, or as much of it as there is a log of, and which part of the units had the primary's event within its window;
 * 0 and null without any. The day is counted from summaries; units per exposure and their events from a few blocks of it: who comes back hours later
 * counts again, so a day of returning units is overrated.
 * @param now milliseconds since the epoch
 */
export async function recentTraffic(
  store: ObjectStore,
  model: string,
  primary: string,
  windowMilliseconds: number,
  now: number,
): Promise<{ unitsPerHour: number; eventRate: number | null }> {
  const { exposures, from } = await exposuresOfDay(store, model, now);
  if (exposures === 0 || now <= from) return { unitsPerHour: 0, eventRate: null };
  const block: Block = { exposures: 0, firstExposed: new Map(), rewarded: 0 };
  const closed = now - windowMilliseconds - from;
  const span = closed > 0 ? closed : now - from;
  const blocks = Math.min(BLOCKS, Math.ceil(span / BLOCK_MILLISECONDS));
  for (let i = 0; i < blocks; i++) {
    const after = from - 1 + (i * span) / blocks;
    await readBlock(store, model, primary, { after, until: after + Math.min(BLOCK_MILLISECONDS, span / blocks), windowMilliseconds }, block);
  }
  const units = block.firstExposed.size;
  // Blocks may all fall into pauses: then each exposure counts as a unit.
  const unitsPerExposure = block.exposures > 0 ? units / block.exposures : 1;
  const eventRate = closed > 0 && block.rewarded > 0 ? Math.min(1, block.rewarded / units) : null;
  return { unitsPerHour: (3600_000 * exposures * unitsPerExposure) / (now - from), eventRate };
}

/** Exposures since `from`, the beginning of the day's log; until now, so that traffic that has stopped fades. */
async function exposuresOfDay(store: ObjectStore, model: string, now: number): Promise<{ exposures: number; from: number }> {
  let [exposures, from] = [0, now];
  for (const [, segments] of await segmentsSince(store, model, now - DAY)) {
    const own = segments.slice(await firstEndedAfter(store, segments.map(summaryKey), now - DAY));
    const every = Math.ceil(own.length / MOST_SUMMARIES);
    for (let i = 0; i < own.length; i += every) {
      const summary = await readJson<SegmentSummary>(store, summaryKey(own[i]!));
      if (!summary) continue;
      from = Math.min(from, Math.max(summary.fromMilliseconds, now - DAY));
      for (const { count } of Object.values(summary.exposures)) exposures += count * Math.min(every, own.length - i);
    }
  }
  return { exposures, from };
}

interface Block {
  exposures: number;
  firstExposed: Map<string, number>;
  /** Units with the event inside their window. */
  rewarded: number;
}

/** Adds the units first exposed in (after, until] and what they then did. Of a long window only every so many segments are read, and counted as often. */
async function readBlock(
  store: ObjectStore,
  model: string,
  primary: string,
  { after, until, windowMilliseconds }: { after: number; until: number; windowMilliseconds: number },
  block: Block,
): Promise<void> {
  const every = Math.ceil(windowMilliseconds / REWARDS_MILLISECONDS);
  const rewards: { unit: string; at: number; weight: number }[] = [];
  let later = 0;
  for await (const { key, summary } of segmentsWithin(store, model, after, { began: until + windowMilliseconds })) {
    const weight = summary.fromMilliseconds > until ? every : 1;
    if (summary.events === 0 || (weight > 1 && later++ % every > 0)) continue;
    for (const event of await readEvents(store, key))
      if (event.kind === 'reward') {
        if (event.name === primary && event.value > 0) rewards.push({ unit: event.unit, at: event.at, weight });
      } else if (event.at > after && event.at <= until) {
        block.exposures += 1;
        if (!block.firstExposed.has(event.unit)) block.firstExposed.set(event.unit, event.at);
      }
  }
  const rewarded = new Set<string>();
  for (const { unit, at, weight } of rewards) {
    const exposed = block.firstExposed.get(unit);
    if (exposed === undefined || exposed <= after || at < exposed || at > exposed + windowMilliseconds || rewarded.has(unit)) continue;
    rewarded.add(unit);
    block.rewarded += weight;
  }
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
