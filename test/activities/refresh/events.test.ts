import { afterEach, beforeEach, expect, it } from 'vitest';
import { readJson } from '../../../adapters/objects.ts';
import type { Exposure, Reward } from '../../../contracts/events.ts';
import { segmentKey, summaryKey } from '../../../contracts/events.ts';
import { keys } from '../../../contracts/ids.ts';
import type { SnapshotStatistics } from '../../../contracts/snapshot.ts';
import { events } from '../../../models/sources.ts';
import type { DataDefinition } from '../../../activities/refresh.ts';
import { openShop, type Shop } from './shop.ts';

const CLICKS: DataDefinition = {
  name: 'clicks',
  unit: 'unit',
  sources: { served: events() },
  refresh: {
    clean: { clicks: `SELECT unit, sum(value) AS clicks FROM rewards WHERE name = 'click' GROUP BY unit` },
    examples: `SELECT e.unit, count(*) AS exposures, coalesce(any_value(c.clicks), 0) AS clicks, epoch(min(e."at"))::BIGINT AS since,
      CASE WHEN min(e."at") >= TIMESTAMP '2024-01-01 00:01:20' THEN 'test' ELSE 'train' END AS split
      FROM exposures e LEFT JOIN clicks c USING (unit) GROUP BY e.unit`,
    expect: [],
  },
};

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
  shop.define(CLICKS);
});
afterEach(() => shop.close());

const START = Date.UTC(2024, 0, 1);
const exposure = (n: number): Exposure => ({
  kind: 'exposure',
  at: START + n * 1000,
  id: `p${n}`,
  unit: `u${n % 100}`,
  rollout: null,
  arm: 'champion',
  version: 1,
  share: 0,
  status: 'ok',
  milliseconds: 1.5,
});
const reward = (n: number): Reward => ({ kind: 'reward', at: START + n * 1000 + 500, unit: `u${n % 100}`, id: `p${n}`, name: 'click', value: 1 });

it('are a source: what the gateway logged becomes two tables', async () => {
  const lines = Array.from({ length: 200 }, (_, n) => (n % 2 ? [exposure(n)] : [exposure(n), reward(n)])).flat();
  const segments = [lines.slice(0, 150), lines.slice(150), []];
  for (const [sequence, segment] of segments.entries()) {
    const key = segmentKey('clicks', '2024-01-01', 'gateway-1', sequence);
    await shop.store.put(key, segment.map((event) => JSON.stringify(event) + '\n').join(''));
    await shop.store.put(summaryKey(key), '{"not":"an event"}');
  }
  const result = await shop.refresh();
  expect(result).toMatchObject({ kind: 'new', snapshot: { trainRows: 80, testRows: 20 } });
  const digest = result.kind === 'new' ? result.snapshot.digest : '';
  const statistics = await readJson<SnapshotStatistics>(shop.store, `${keys.snapshot(digest)}/statistics.json`);
  expect(statistics!.columns.exposures).toMatchObject({ min: 2, max: 2 });
  expect(statistics!.columns.clicks).toMatchObject({ min: 0, max: 2, mean: 1 });
  expect(statistics!.columns.since).toMatchObject({ min: START / 1000, max: START / 1000 + 79 });
});

it('may not have happened yet: then the expectations speak, not an error', async () => {
  const result = await shop.refresh();
  expect(result.kind === 'invalid' && result.anomalies.map(({ rule }) => rule)).toEqual(['train-rows', 'test-rows']);
});
