import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readParquetRows, type Row } from '../../../adapters/duckdb.ts';
import { readJson, sha256 } from '../../../adapters/objects.ts';
import { downloadSnapshot } from '../../../adapters/snapshots.ts';
import { keys } from '../../../contracts/ids.ts';
import type { SnapshotRef, SnapshotStatistics } from '../../../contracts/snapshot.ts';
import type { ReferenceSketches } from '../../../contracts/sketch.ts';
import { jsonl, parquet } from '../../../models/sources.ts';
import { openDuckDb } from '../../../adapters/duckdb.ts';
import { ORDERS } from './orders.ts';
import { HEADER, openShop, orderLines, type Shop } from './shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.close());

async function newSnapshot(run?: string, definition?: string): Promise<SnapshotRef> {
  const result = await shop.refresh(run, definition);
  if (result.kind !== 'new') throw new Error(`expected a new snapshot, got ${JSON.stringify(result)}`);
  return result.snapshot;
}

async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of readParquetRows(path)) rows.push(...batch);
  return rows;
}

describe('a good batch', () => {
  beforeEach(() => shop.deliver('orders/day-1.csv', [HEADER, ...orderLines(0, 100)]));

  it('becomes a snapshot whose manifest vouches for every file', async () => {
    const snapshot = await newSnapshot();
    expect(snapshot).toMatchObject({ trainRows: 80, testRows: 20 });
    const manifest = await shop.store.get(`${keys.snapshot(snapshot.digest)}/manifest.json`);
    expect(sha256(manifest!.body)).toBe(snapshot.digest);
    for (const file of JSON.parse(manifest!.body.toString()).files) {
      const stored = await shop.store.get(`${keys.snapshot(snapshot.digest)}/${file.path}`);
      expect({ path: file.path, sha256: sha256(stored!.body), bytes: stored!.body.length }).toEqual(file);
    }
    expect(await readJson(shop.store, keys.latestSnapshot('returns'))).toEqual(snapshot);
  });

  it('keeps units apart, in the order of the columns, without the split', async () => {
    const { path } = await downloadSnapshot(shop.store, (await newSnapshot()).digest, join(shop.home, 'cache'));
    const [train, test] = [await rowsOf(path('train.parquet')), await rowsOf(path('test.parquet'))];
    expect(test.map(({ customer }) => customer)).toEqual(Array.from({ length: 20 }, (_, i) => i * 5));
    expect(train.every(({ customer }) => Number(customer) % 5 !== 0)).toBe(true);
    expect(train[2]).toEqual({ customer: 3, orders: 2, amount: (3 * 7.13 + 3 * 7.13 + 1) / 2, channels: ['web', 'web'], returned: true });
  });

  it('comes with statistics and sketches of the training rows, without the unit', async () => {
    const { digest } = await newSnapshot();
    const statistics = await readJson<SnapshotStatistics>(shop.store, `${keys.snapshot(digest)}/statistics.json`);
    expect(statistics!.columns.orders).toMatchObject({ type: 'BIGINT', count: 80, missing: 0, distinct: 2, min: 1, max: 2 });
    expect(statistics!.columns.orders!.quantiles).toEqual([1, 1, 1, 1, 2, 2, 2]);
    const sketches = await readJson<ReferenceSketches>(shop.store, `${keys.snapshot(digest)}/sketches.json`);
    expect(Object.keys(sketches!).sort()).toEqual(['amount', 'channels.items', 'channels.length', 'orders', 'returned']);
    expect(sketches!.orders).toEqual({ kind: 'numeric', edges: [1], counts: [53, 27], missing: 0, count: 80 });
    const amounts = sketches!.amount!;
    expect(amounts.kind === 'numeric' && [amounts.edges.length, amounts.counts.reduce((a, b) => a + b)]).toEqual([31, 80]);
  });

  it('leaves nothing on the disk', async () => {
    await newSnapshot();
    expect(await readdir(join(shop.home, 'refresh', 'returns'))).toEqual([]);
  });

  it('has the same digest whoever reads it again, and another with another definition', async () => {
    const first = await newSnapshot();
    const elsewhere = await openShop();
    await elsewhere.deliver('orders/day-1.csv', [HEADER, ...orderLines(0, 100)]);
    expect(await elsewhere.refresh()).toEqual({ kind: 'new', snapshot: first });
    await elsewhere.close();
    expect((await newSnapshot('run-2', 'definition-2')).digest).not.toBe(first.digest);
  });

  it('is unchanged once it was tried, and new again with one more file', async () => {
    const first = await newSnapshot();
    expect(await shop.refresh('run-2')).toEqual({ kind: 'new', snapshot: first });
    await shop.tried(first.digest);
    expect(await shop.refresh('run-3')).toMatchObject({ kind: 'unchanged', snapshot: first });
    await shop.deliver('orders/day-2.csv', [HEADER, ...orderLines(100, 120)]);
    expect(await newSnapshot('run-4')).toMatchObject({ trainRows: 96, testRows: 24 });
  });

  it('is made again when the stored snapshot is damaged', async () => {
    const first = await newSnapshot();
    await shop.store.remove(`${keys.snapshot(first.digest)}/train.parquet`);
    expect(await newSnapshot('run-2')).toEqual(first);
    expect(await shop.store.head(`${keys.snapshot(first.digest)}/train.parquet`)).not.toBeNull();
  });
});

describe('sources', () => {
  it('may have their columns in any order, more columns than declared, quotes and Windows line ends', async () => {
    const other = orderLines(50, 100).map((line) => line.split(',').reverse().join(',') + ',"a ""note"", with\r\nbreaks"');
    await shop.deliver('orders/a.csv', [HEADER, ...orderLines(0, 50)]);
    await shop.deliver('orders/b.csv', '\uFEFF' + ['day,channel,amount,customer,note', ...other].join('\r\n'));
    const mixed = await downloadSnapshot(shop.store, (await newSnapshot()).digest, join(shop.home, 'cache'));
    const plain = await openShop();
    await plain.deliver('orders/a.csv', [HEADER, ...orderLines(0, 100)]);
    const result = await plain.refresh();
    if (result.kind !== 'new') throw new Error(result.kind);
    const expected = await downloadSnapshot(plain.store, result.snapshot.digest, join(plain.home, 'cache'));
    expect(await rowsOf(mixed.path('train.parquet'))).toEqual(await rowsOf(expected.path('train.parquet')));
    await plain.close();
  });

  it('may be JSON lines or Parquet with the same result as CSV', async () => {
    await shop.deliver('orders/a.csv', [HEADER, ...orderLines(0, 100)]);
    const fromCsv = await newSnapshot();
    const lines = orderLines(0, 100).map((line) => {
      const [customer, amount, channel, day] = line.split(',');
      return JSON.stringify({ customer: Number(customer), amount: Number(amount), channel, day });
    });
    const path = await shop.deliver('orders/a.jsonl', lines);
    const database = await openDuckDb();
    await database.copyToParquet(
      `SELECT customer::INTEGER AS customer, amount, channel, "day"::DATE AS "day" FROM read_ndjson('${path}')`,
      path.replace('.jsonl', '.parquet'),
    );
    database.close();
    const files = async (digest: string) => (await readJson<{ files: unknown }>(shop.store, `${keys.snapshot(digest)}/manifest.json`))!.files;
    const wanted = await files(fromCsv.digest);
    shop.define({ ...ORDERS, sources: { orders: jsonl('orders/*.jsonl', ORDERS.sources.orders!.columns!) } });
    expect(await files((await newSnapshot('run-2')).digest)).toEqual(wanted);
    shop.define({ ...ORDERS, sources: { orders: parquet('orders/*.parquet') } });
    expect(await files((await newSnapshot('run-3')).digest)).toEqual(wanted);
  });
});
