import { segmentKey, summaryKey, type SegmentSummary, type ServingEvent } from '../../../contracts/events.ts';
import type { Instance } from '../../../contracts/bundle.ts';
import type { ReferenceSketches } from '../../../contracts/sketch.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import { addInstance, addScore, emptyLike } from '../../../domain/drift/sketch.ts';
import { seededRandom } from '../../../domain/random.ts';

export interface Hour {
  from: number;
  version: number;
  units: number;
  /** Share of units with an order. */
  rate: number;
  /** Request of the n-th unit. */
  instance?: (n: number) => Instance;
  gateway?: string;
  arm?: 'champion' | 'challenger';
}

const HOUR = 3600_000;

/** One segment of an hour as a gateway writes it: each unit is shown something once, and orders a minute later or not. */
export async function writeHour(store: ObjectStore, reference: ReferenceSketches, sequence: number, hour: Hour): Promise<void> {
  const { from, version, units, rate, gateway = 'g1', arm = 'champion', instance = lineRequest } = hour;
  const random = seededRandom(sequence);
  const events: ServingEvent[] = [];
  const columns = emptyLike(reference);
  for (let n = 0; n < units; n++) {
    const at = from + Math.floor((n * (HOUR / 2)) / units);
    const unit = `${sequence}-${n}`;
    events.push({ kind: 'exposure', at, id: unit, unit, rollout: null, arm, version, share: 0, status: 'ok', milliseconds: 1 });
    if (random.next() < rate) events.push({ kind: 'reward', at: at + 60_000, unit, id: null, name: 'order', value: 1 });
    addInstance(columns, instance(n));
    addScore(columns, 2 * Number(instance(n).x));
  }
  const rewards = events.filter(({ kind }) => kind === 'reward').length;
  const to = from + HOUR - 1;
  const key = segmentKey('line', new Date(from).toISOString().slice(0, 10), gateway, sequence);
  const summary: SegmentSummary = {
    model: 'line',
    gateway,
    sequence,
    fromMilliseconds: from,
    toMilliseconds: to,
    events: events.length,
    exposures: { [arm]: { count: units, errors: 0, timeouts: 0, version } },
    rewards: { order: { count: rewards, sum: rewards } },
    columns,
  };
  await store.put(key, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  await store.put(summaryKey(key), JSON.stringify(summary));
}

/** A request like the test rows of the line model (test/support/gate/night.ts). */
export const lineRequest = (n: number): Instance => ({
  x: ((n * 37) % 300) / 100,
  region: ['north', 'south', 'west'][n % 3]!,
  bought: [`a${n % 5}`, `b${n % 7}`],
});
