import type { WatchInput } from '../../../contracts/activities.ts';
import { segmentKey, summaryKey, type ServingEvent } from '../../../contracts/events.ts';
import { createRolloutActivities } from '../../../activities/rollout.ts';
import type { RolloutPolicy } from '../../../contracts/policy.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { policyOf, ROLLOUT } from '../../domain/rollout/support.ts';

/** When the rollout starts; its events are made in seconds from then. */
export const START = Date.UTC(2026, 0, 5, 12);

/** Writes a segment as a gateway does: events, then the summary that vouches for them. */
export async function writeSegment(
  store: ObjectStore,
  number: number,
  until: number,
  events: ServingEvent[],
  { gateway = 'g1', summary = true } = {},
): Promise<string> {
  const key = segmentKey('shop', new Date(START + until).toISOString().slice(0, 10), gateway, number);
  const moved = events.map((event) => ({ ...event, at: START + event.at }));
  await store.put(key, moved.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const count = moved.filter(({ kind }) => kind === 'exposure').length;
  const exposures = count > 0 ? { champion: { count, errors: 0, timeouts: 0, version: 1 } } : {};
  const from = Math.min(START + until, ...moved.map(({ at }) => at));
  const content = {
    model: 'shop',
    gateway,
    sequence: number,
    fromMilliseconds: from,
    toMilliseconds: START + until,
    events: events.length,
    exposures,
    rewards: {},
    columns: {},
  };
  if (summary) await store.put(summaryKey(key), JSON.stringify(content));
  return key;
}

/** Events of a gateway as segments of `every` milliseconds, up to `end`. */
export async function writeLog(store: ObjectStore, events: ServingEvent[], every: number, end: number): Promise<void> {
  for (let until = every, number = 1; until <= end; until += every, number++)
    await writeSegment(
      store,
      number,
      until,
      events.filter(({ at }) => at < until && at >= until - every),
    );
}

export const watchInput = (changes: Partial<WatchInput> = {}, policy: Partial<RolloutPolicy> = {}): WatchInput => ({
  warm: null,
  model: 'shop',
  run: 'run-1',
  rollout: ROLLOUT,
  owner: 'run-1',
  epoch: 1,
  policy: policyOf(policy),
  champion: { version: 1, digest: 'a' },
  challenger: { version: 2, digest: 'b' },
  stepIndex: 1,
  stepStartedAt: START,
  reportEverySeconds: 120,
  ...changes,
});

/** Activities on a memory store and a clock that only sleeping moves. */
export function stage(store = memoryStore(), startAt = 0) {
  let time = START + startAt;
  const heartbeats: unknown[] = [];
  let sleeping = (_: number): void => undefined;
  const activities = createRolloutActivities({
    store,
    heartbeat: (details) => heartbeats.push(details),
    now: () => time,
    sleep: async (milliseconds) => {
      time += milliseconds;
      sleeping(time - START);
    },
  });
  return { store, heartbeats, ...activities, onSleep: (listener: (time: number) => void) => void (sleeping = listener), elapsed: () => time - START };
}
