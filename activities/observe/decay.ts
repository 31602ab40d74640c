import { gunzipSync, gzipSync } from 'node:zlib';
import { updateJson } from '../../adapters/objects.ts';
import type { ServingEvent } from '../../contracts/events.ts';
import { keys } from '../../contracts/ids.ts';
import type { RolloutPolicy } from '../../contracts/policy.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { closedUnits } from '../../domain/drift/closed-units.ts';
import { afterLook, decayOf, freshDecay, type DecayState } from '../../domain/drift/decay.ts';
import { nobodySeen, type SeenUnits } from '../../domain/drift/seen-units.ts';
import { readEvents } from '../rollout/segments.ts';
import { segmentsWithin } from './segments.ts';

/** `models/<model>/decay.json`: what was counted of the champion since its promotion. */
interface DecayRecord {
  champion: number;
  promotedAt: string;
  /** Exposures up to here are counted; milliseconds since the epoch. */
  countedUntil: number;
  state: DecayState;
  /** Units counted already: gzip, base64. */
  seen: string;
}

export interface Watched {
  model: string;
  champion: number;
  promotedAt: string;
  rollout: Pick<RolloutPolicy, 'primary' | 'unitWindowSeconds'>;
  /** What is compared with what: days, or weeks where weekdays differ. */
  periodMilliseconds: number;
}

/** Event time counted at once, at least: of a longer backlog only the units of this long are in memory. */
const SPAN_MILLISECONDS = 15 * 60_000;

/**
 * Counts the champion's units whose window has closed since the last look, and says whether the reward rate fell since promotion.
 * A unit is never counted twice: the record remembers how far it was counted and which units were, so a repeated look adds nothing.
 */
export async function lookForDecay(store: ObjectStore, watched: Watched, until: number, alpha: number): Promise<{ logE: number; decayed: boolean }> {
  const { model, champion, promotedAt, rollout } = watched;
  const windowMilliseconds = rollout.unitWindowSeconds * 1000;
  const isCurrent = (record: DecayRecord | null): record is DecayRecord => record?.champion === champion && record.promotedAt === promotedAt;

  const found = await store.get(keys.decay(model));
  const stored = found ? (JSON.parse(found.body.toString('utf8')) as DecayRecord) : null;
  let record = isCurrent(stored) ? stored : { champion, promotedAt, countedUntil: Date.parse(promotedAt), state: freshDecay(), seen: encodeSeen(nobodySeen()) };

  const closedUntil = until - windowMilliseconds;
  while (record.countedUntil < closedUntil) {
    // A span as long as a window makes a segment be read twice at most: for its exposures and for rewards of those before.
    const end = Math.min(closedUntil, record.countedUntil + Math.max(SPAN_MILLISECONDS, windowMilliseconds));
    const next = await countedTo(store, watched, record, end, alpha);
    record = (await updateJson<DecayRecord>(store, keys.decay(model), (current) => (isCurrent(current) && current.countedUntil >= end ? null : next)))!;
  }
  return decayOf(record.state, alpha);
}

async function countedTo(store: ObjectStore, watched: Watched, record: DecayRecord, until: number, alpha: number): Promise<DecayRecord> {
  const { model, champion, rollout, periodMilliseconds } = watched;
  const span = { after: record.countedUntil, until, windowMilliseconds: rollout.unitWindowSeconds * 1000 };
  const seen = decodeSeen(record.seen);
  const counts = await closedUnits(eventsWithin(store, model, span), champion, rollout.primary.name, span, seen);
  const state = afterLook(record.state, { ...counts, after: span.after, until }, periodMilliseconds, rollout.primary.good, alpha);
  return { ...record, countedUntil: until, state, seen: counts.units > 0 ? encodeSeen(seen) : record.seen };
}

/** Events of one segment after the other; the first ones may begin, and the last ones end, outside the span. */
async function* eventsWithin(
  store: ObjectStore,
  model: string,
  { after, until, windowMilliseconds }: { after: number; until: number; windowMilliseconds: number },
): AsyncGenerator<ServingEvent[]> {
  for await (const { key, summary } of segmentsWithin(store, model, after, { began: until + windowMilliseconds }))
    if (summary.events > 0) yield await readEvents(store, key);
}

const encodeSeen = (seen: SeenUnits): string => gzipSync(seen).toString('base64');
const decodeSeen = (text: string): SeenUnits => new Uint8Array(gunzipSync(Buffer.from(text, 'base64')));
