import { updateJson } from '../../adapters/objects.ts';
import { keys } from '../../contracts/ids.ts';
import type { RolloutPolicy } from '../../contracts/policy.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { closedUnits } from '../../domain/drift/closed-units.ts';
import { afterLook, decayOf, freshDecay, type DecayState } from '../../domain/drift/decay.ts';
import { eventsOf, segmentsEndedWithin } from './segments.ts';

/** `models/<model>/decay.json`: what was counted of the champion since its promotion. */
interface DecayRecord {
  champion: number;
  promotedAt: string;
  /** Exposures up to here are counted; milliseconds since the epoch. */
  countedUntil: number;
  state: DecayState;
}

export interface Watched {
  model: string;
  champion: number;
  promotedAt: string;
  rollout: Pick<RolloutPolicy, 'primary' | 'unitWindowSeconds'>;
}

/**
 * Counts the champion's units whose window has closed since the last look, and says whether the reward rate fell since promotion.
 * A unit is never counted twice: the record remembers how far it was counted, so a repeated look adds nothing.
 */
export async function lookForDecay(store: ObjectStore, watched: Watched, until: number, alpha: number): Promise<{ logE: number; decayed: boolean }> {
  const { model, champion, promotedAt, rollout } = watched;
  const windowMilliseconds = rollout.unitWindowSeconds * 1000;
  const fresh: DecayRecord = { champion, promotedAt, countedUntil: Date.parse(promotedAt), state: freshDecay() };
  const isCurrent = (record: DecayRecord | null): record is DecayRecord => record?.champion === champion && record.promotedAt === promotedAt;

  const found = await store.get(keys.decay(model));
  const stored = found ? (JSON.parse(found.body.toString('utf8')) as DecayRecord) : null;
  const before = isCurrent(stored) ? stored : fresh;
  const closedUntil = until - windowMilliseconds;
  if (closedUntil <= before.countedUntil) return decayOf(before.state, alpha);

  const events = await eventsOf(store, await segmentsEndedWithin(store, model, before.countedUntil, until));
  const look = closedUnits(events, champion, rollout.primary.name, { after: before.countedUntil, until: closedUntil, windowMilliseconds });
  const next: DecayRecord = { ...before, countedUntil: closedUntil, state: afterLook(before.state, look, rollout.primary.good, alpha) };
  const written = await updateJson<DecayRecord>(store, keys.decay(model), (current) =>
    isCurrent(current) && current.countedUntil >= closedUntil ? null : next,
  );
  return decayOf(written!.state, alpha);
}
