import type { Exposure, Reward, ServingEvent } from '../../../contracts/events.ts';
import { rolloutPolicy, type RolloutPolicy } from '../../../contracts/policy.ts';
import { assign, unitHash } from '../../../domain/split.ts';
import { seededRandom } from '../../../domain/random.ts';
import type { Segment } from '../../../domain/rollout/fold.ts';

export const ROLLOUT = 'shop@2';

export const policyOf = (changes: Partial<RolloutPolicy> = {}): RolloutPolicy =>
  rolloutPolicy.parse({
    steps: [5, 50].map((percent) => ({ percent, minDwellSeconds: 60, minUnits: 10, maxSeconds: 3600 })),
    primary: { name: 'order', kind: 'rate', good: true },
    guardrails: [{ name: 'revenue', kind: 'mean', good: true }],
    unitWindowSeconds: 60,
    lookEverySeconds: 10,
    graceSeconds: 300,
    ...changes,
  });

export const exposure = (at: number, unit: string, changes: Partial<Exposure> = {}): Exposure => ({
  kind: 'exposure',
  at,
  id: `${unit}-${at}`,
  unit: unitHash(unit),
  rollout: ROLLOUT,
  arm: assign(ROLLOUT, unitHash(unit), 100 * (changes.share ?? 0.5)),
  version: 1,
  share: 0.5,
  status: 'ok',
  milliseconds: 5,
  ...changes,
});

export const reward = (at: number, unit: string, name = 'order', value = 1): Reward => ({ kind: 'reward', at, unit: unitHash(unit), id: null, name, value });

export const segment = (number: number, until: number, events: ServingEvent[], gateway = 'g1'): Segment => ({
  key: `events/shop/1970-01-01/${gateway}-${String(number).padStart(10, '0')}.jsonl`,
  gateway,
  until,
  events,
});

/** Cuts a gateway's events, in order of time, into segments at these times. */
export function cut(events: ServingEvent[], borders: number[], end: number, gateway = 'g1'): Segment[] {
  const ends = [...new Set([...borders, end])].sort((a, b) => a - b);
  return ends.map((until, i) =>
    segment(
      i + 1,
      until,
      events.filter(({ at }) => at <= until && at > (ends[i - 1] ?? -1)),
      gateway,
    ),
  );
}

export interface ShopOptions {
  seed: number;
  requests: number;
  users: number;
  seconds: number;
  /** Challenger's chance of an error and of an order; the champion's are 0.05 and 0.2. */
  error?: number;
  order?: number;
  shareAt?: (at: number) => number;
}

/** Users who come back, in order of time: exposures with errors, orders within seconds or minutes, revenue with each order. */
export function shop({ seed, requests, users, seconds, error = 0.05, order = 0.2, shareAt = () => 0.5 }: ShopOptions): ServingEvent[] {
  const random = seededRandom(seed);
  const events: ServingEvent[] = [];
  for (let i = 0; i < requests; i++) {
    const at = Math.floor((1000 * seconds * i) / requests);
    const user = `u${random.below(users)}`;
    const served = exposure(at, user, { share: shareAt(at), id: `p${i}` });
    const challenger = served.arm === 'challenger';
    if (random.next() < (challenger ? error : 0.05)) served.status = 'error';
    served.milliseconds = Math.round(200 * random.next() ** 4);
    events.push(served);
    if (random.next() >= (challenger ? order : 0.2)) continue;
    const when = at + Math.floor(90_000 * random.next() ** 3);
    events.push(reward(when, user), reward(when, user, 'revenue', 10 + random.below(40)));
  }
  return events.filter(({ at }) => at < 1000 * seconds).sort((a, b) => a.at - b.at);
}
