import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fetchDataset } from '../../../adapters/dataset/fetch.ts';
import { readMovieLens, writeNight, type Slice } from '../../../adapters/dataset/movielens.ts';
import { readParquetRows, type Row } from '../../../adapters/duckdb.ts';
import { downloadSnapshot } from '../../../adapters/snapshots.ts';
import { loadModel } from '../../../models/load.ts';
import { openShop, type Shop } from './shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
  shop.define(await loadModel('recommendation'));
});
afterEach(() => shop.close());

async function night(run: string, slice: Slice & { renumber?: { seed: number } }) {
  const data = await readMovieLens(await fetchDataset('movielens-100k', () => {}));
  await writeNight(data, join(shop.data, 'recommendation'), slice);
  return shop.refresh(run);
}

it('four nights of the recommender, on real data: new, new, unchanged, and a renumbered catalogue that no rule can see', async () => {
  const first = await night('night-1', { from: 0, to: 0.1 });
  const second = await night('night-2', { from: 0, to: 0.6 });
  expect([first.kind, second.kind]).toEqual(['new', 'new']);
  if (second.kind !== 'new') return;
  await shop.tried(second.snapshot.digest);
  expect(await night('night-3', { from: 0, to: 0.6 })).toMatchObject({ kind: 'unchanged', snapshot: second.snapshot });
  expect(await night('night-4', { from: 0.6, to: 0.8, renumber: { seed: 1 } })).toMatchObject({ kind: 'new' });
});

it('no training row holds anything of the newest fifth, by which test rows are made', async () => {
  const result = await night('night-1', { from: 0, to: 0.6 });
  if (result.kind !== 'new') throw new Error(JSON.stringify(result));
  const { path } = await downloadSnapshot(shop.store, result.snapshot.digest, join(shop.home, 'cache'));
  const rows = async (file: 'train.parquet' | 'test.parquet') => {
    const all: Row[] = [];
    for await (const batch of readParquetRows(path(file))) all.push(...batch);
    return all;
  };
  const [train, test] = [await rows('train.parquet'), await rows('test.parquet')];
  const learnt = new Map(train.map(({ user, history }) => [user, history as string[]]));
  expect(learnt.size).toBe(train.length);
  expect(test.length).toBeGreaterThan(100);
  // Nobody takes a thing twice, so what someone takes next cannot stand in what was learnt of this person.
  for (const { user, next } of test) expect((next as string[]).filter((item) => learnt.get(user)?.includes(item))).toEqual([]);
});
