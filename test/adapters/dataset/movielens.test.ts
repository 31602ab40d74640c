import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchDataset } from '../../../adapters/dataset/fetch.ts';
import { readMovieLens, shoppers, writeNight, type MovieLens } from '../../../adapters/dataset/movielens.ts';
import { renumbering } from '../../../adapters/dataset/renumbering.ts';
import { openDuckDb, type Row } from '../../../adapters/duckdb.ts';

let data: MovieLens;
let folder: string;
beforeAll(async () => {
  data = await readMovieLens(await fetchDataset('movielens-100k', () => {}));
  folder = await mkdtemp(join(tmpdir(), 'nightjar-movielens-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function csvRows(path: string): Promise<Row[]> {
  const database = await openDuckDb();
  const rows = await database.rows(`FROM read_csv('${join(folder, path)}', header=true, delim=',', quote='"', escape='"')`);
  database.close();
  return rows;
}

it('is what data/README says of it', () => {
  expect(data.ratings).toHaveLength(100_000);
  expect(new Set(data.ratings.map(({ user }) => user)).size).toBe(943);
  expect(data.products).toHaveLength(1682);
  expect(data.ratings.every((rating, i) => i === 0 || data.ratings[i - 1]!.at <= rating.at)).toBe(true);
  expect(data.products[11]).toEqual({ item: 12, title: 'Usual Suspects, The', year: 1995, genres: 'Crime Thriller' });
});

it('is not fetched twice, and again where a file is not the one expected', async () => {
  const said: string[] = [];
  const cache = join(folder, 'cache');
  const at = await fetchDataset('movielens-100k', (text) => said.push(text), cache);
  await fetchDataset('movielens-100k', (text) => said.push(text), cache);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/Licence: .*No redistribution/);
  await writeFile(join(at, 'ml-100k.item'), 'something else');
  await fetchDataset('movielens-100k', (text) => said.push(text), cache);
  expect(said).toHaveLength(2);
  expect((await readMovieLens(at)).products).toHaveLength(1682);
});

describe('a night', () => {
  it('delivers the slice in time order and the whole catalogue', async () => {
    await writeNight(data, folder, { from: 0.1, to: 0.2 });
    const ratings = await csvRows('ratings/ratings.csv');
    expect(ratings).toHaveLength(10_000);
    expect(ratings[0]).toMatchObject({
      user: data.ratings[10_000]!.user,
      item: data.ratings[10_000]!.item,
      at: new Date(data.ratings[10_000]!.at * 1000).toISOString(),
    });
    expect((await csvRows('products/products.csv'))[11]).toEqual({ item: 12, title: 'Usual Suspects, The', year: 1995, genres: 'Crime|Thriller' });
  });

  it('renumbers half of the products in both files alike, the same way for the same seed', async () => {
    await writeNight(data, folder, { from: 0.6, to: 0.8 });
    const [ratings, products] = [await csvRows('ratings/ratings.csv'), await csvRows('products/products.csv')];
    await writeNight(data, folder, { from: 0.6, to: 0.8, renumber: { seed: 1 } });
    const [renumbered, catalogue] = [await csvRows('ratings/ratings.csv'), await csvRows('products/products.csv')];
    const titles = (rows: Row[]) => new Map(rows.map(({ item, title, year }) => [item, `${title} ${year}`]));
    const [before, after] = [titles(products), titles(catalogue)];
    // Each rating still is of the same film; only the number by which it goes has changed, for half of the films.
    expect(renumbered.map(({ item }) => after.get(item))).toEqual(ratings.map(({ item }) => before.get(item)));
    expect(catalogue.filter(({ item }) => before.get(item) !== after.get(item)).length).toBeGreaterThan(800);
    await writeNight(data, folder, { from: 0.6, to: 0.8, renumber: { seed: 1 } });
    expect(await csvRows('ratings/ratings.csv')).toEqual(renumbered);
  });
});

it('renumbering is a permutation of half of the items without a fixed point', () => {
  const items = data.products.map(({ item }) => item);
  const numbers = renumbering(items, 7);
  expect(numbers.size).toBe(841);
  expect([...numbers.values()].sort()).toEqual([...numbers.keys()].sort());
  expect([...numbers].every(([from, to]) => from !== to)).toBe(true);
  expect([...renumbering(items, 8)]).not.toEqual([...numbers]);
});

it('shoppers are the people of the slice with their whole sequences', () => {
  const people = shoppers(data, { from: 0.6, to: 0.8 });
  expect(people.reduce((sum, { begins, ends }) => sum + ends - begins, 0)).toBe(20_000);
  const somebody = people.find(({ begins }) => begins > 0)!;
  const all = data.ratings.filter(({ user }) => user === somebody.user);
  expect(somebody.items).toEqual(all.map(({ item }) => item));
  expect(data.ratings.indexOf(all[somebody.begins]!)).toBeGreaterThanOrEqual(60_000);
  expect(data.ratings.indexOf(all[somebody.begins - 1]!)).toBeLessThan(60_000);
});
