import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createObserveActivities } from '../../activities/observe.ts';
import { readBundleJson } from '../../adapters/bundles.ts';
import { keys } from '../../contracts/ids.ts';
import type { Aliases } from '../../contracts/routes.ts';
import type { ReferenceSketches } from '../../contracts/sketch.ts';
import { memoryStore } from '../support/memory-store.ts';
import { Night } from '../support/gate/night.ts';
import { lineRequest, writeHour, type Hour } from '../support/gate/traffic.ts';

const HOUR = 3600_000;
const PROMOTED = Date.parse('2026-03-01T20:00:00.000Z');

let store: ReturnType<typeof memoryStore>;
let night: Night;
let reference: ReferenceSketches;
let sequence: number;
beforeEach(async () => {
  night = new Night((store = memoryStore()));
  const { record } = await night.version(2, 'run-1');
  reference = await readBundleJson<ReferenceSketches>(store, record.digest, 'sketches.json');
  sequence = 0;
  await promote({ champion: 1, lastGood: null });
});
afterEach(() => night.close());

const promote = (some: Partial<Aliases>) => {
  const promotedAt = new Date(PROMOTED).toISOString();
  return store.put(
    keys.aliases('line'),
    JSON.stringify({ challenger: null, lastGood: null, epoch: 1, by: 'run-1', promotedAt, changedAt: promotedAt, ...some }),
  );
};
const hour = (number: number, some: Partial<Hour> = {}) =>
  writeHour(store, reference, ++sequence, { from: PROMOTED + number * HOUR, version: 1, units: 400, rate: 0.3, ...some });
const observe = (since: string | null, now = PROMOTED + 100 * 24 * HOUR, some = {}) =>
  createObserveActivities({ store, loadModel: () => Promise.resolve(night.model), heartbeat() {}, now: () => new Date(now) }).observe({
    model: 'line',
    policy: { ...night.model.policy.monitor, ...some },
    since,
  });
const endOf = (number: number) => new Date(PROMOTED + (number + 1) * HOUR - 1).toISOString();

describe('observe', () => {
  test('nothing serves: no champion, nothing to say', async () => {
    store.objects.delete(keys.aliases('line'));
    expect(await observe(null)).toMatchObject({ champion: null, exposures: 0, drifted: [], decayed: false });
  });
  test('no traffic: an empty window that ends where it began', async () => {
    expect(await observe(endOf(5))).toMatchObject({ champion: 1, exposures: 0, until: endOf(5), drifted: [] });
  });
  test('people like those of the test rows: no drift; windows follow each other, across midnight too', async () => {
    for (let number = 0; number < 8; number++) await hour(number);
    const first = await observe(null, PROMOTED + 3 * HOUR);
    expect(first).toMatchObject({ exposures: 1200, until: endOf(2), drifted: [], promotedAt: new Date(PROMOTED).toISOString() });
    expect(await observe(first.until)).toMatchObject({ exposures: 2000, until: endOf(7), drifted: [] });
  });
  test('other people: the columns that changed, worst first, and the scores with them', async () => {
    await hour(0, { instance: (n) => ({ ...lineRequest(n), x: 3 + (n % 100) / 100, region: 'south' }) });
    const { drifted } = await observe(null);
    expect(drifted.map(({ column }) => column).sort()).toEqual(['region', 'score', 'x']);
    expect(drifted[0]!.effect).toBeGreaterThanOrEqual(drifted[1]!.effect);
  });
  test('a field that the shop no longer sends', async () => {
    await hour(0, { instance: (n) => ({ x: lineRequest(n).x, bought: lineRequest(n).bought }) });
    expect((await observe(null)).drifted.map(({ column }) => column)).toEqual(['region']);
  });
  test('segments of another version and of before the promotion are not the champion’s', async () => {
    await hour(-1);
    await hour(0, { version: 2 });
    await hour(1, { arm: 'challenger' });
    await hour(2, { units: 50 });
    expect(await observe(null)).toMatchObject({ exposures: 50 });
  });
  test('seasonal: the same hours a week ago, where there are enough, are what is compared with', async () => {
    const weekend = (n: number) => ({ ...lineRequest(n), region: 'south' });
    await hour(0, { instance: weekend });
    await hour(24 * 7, { instance: weekend });
    expect((await observe(endOf(24 * 7 - 1))).drifted.map(({ column }) => column)).toEqual(['region']);
    expect((await observe(endOf(24 * 7 - 1), undefined, { seasonal: true })).drifted).toEqual([]);
  });
});

describe('decay', () => {
  const DAY = 24;
  /** Hours of traffic, watched every twelve of them; the answer of each watch. */
  async function watch(days: number[], units = 45) {
    const seen: { logDecay: number; decayed: boolean }[] = [];
    let since: string | null = null;
    for (let number = 0; number < days.length * DAY; number++) {
      await hour(number, { units, rate: days[Math.floor(number / DAY)]! });
      if (number % 12 < 11) continue;
      const observed = await observe(since, PROMOTED + (number + 1) * HOUR);
      since = observed.until;
      seen.push(observed);
    }
    return seen;
  }
  test('the first day makes the rate at promotion; a fall after that is found when a day of it is over', async () => {
    const seen = await watch([0.3, 0.3, 0.1, 0.1]);
    expect(seen.slice(0, 2 * 2).every(({ decayed }) => !decayed)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ decayed: true });
  });
  test('a look that is repeated, or made again from the start, counts nobody twice; a backlog of days is counted too', async () => {
    const seen = await watch([0.3, 0.1, 0.1]);
    const before = store.objects.get(keys.decay('line'))!;
    const now = PROMOTED + 3 * DAY * HOUR;
    expect(seen.at(-1)!.logDecay).not.toBe(0);
    expect((await observe(endOf(2 * DAY), now)).logDecay).toBe(seen.at(-1)!.logDecay);
    expect((await observe(null, now)).logDecay).toBe(seen.at(-1)!.logDecay);
    expect(store.objects.get(keys.decay('line'))!.equals(before)).toBe(true);
    store.objects.delete(keys.decay('line'));
    expect(await observe(null, now)).toMatchObject({ decayed: true });
  });
  test('after another promotion it begins anew', async () => {
    await watch([0.3, 0.1, 0.1]);
    await promote({ promotedAt: new Date(PROMOTED + 3 * DAY * HOUR).toISOString() });
    await hour(3 * DAY, { rate: 0.1 });
    expect(await observe(null, PROMOTED + (3 * DAY + 1) * HOUR)).toMatchObject({ logDecay: 0, decayed: false });
  });
});
