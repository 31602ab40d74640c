import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataDefinition } from '../../../activities/refresh.ts';
import { openDuckDb } from '../../../adapters/duckdb.ts';
import { readJson } from '../../../adapters/objects.ts';
import { downloadSnapshot } from '../../../adapters/snapshots.ts';
import { failureType, NightjarError } from '../../../contracts/errors.ts';
import { keys } from '../../../contracts/ids.ts';
import type { Anomaly, RefreshResult, SnapshotRef } from '../../../contracts/snapshot.ts';
import { between, inTable, matches, minRows, noLeak, notNull, oneOf, unique, unitsApart } from '../../../models/expect.ts';
import { csv, jsonl, parquet } from '../../../models/sources.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { ORDERS } from './orders.ts';
import { HEADER, openShop, orderLines, type Shop } from './shop.ts';

let shop: Shop;
let good: SnapshotRef;
beforeEach(async () => {
  shop = await openShop();
  await shop.deliver('orders/day-1.csv', [HEADER, ...orderLines(0, 100)]);
  const result = await shop.refresh('good');
  if (result.kind !== 'new') throw new Error(result.kind);
  good = result.snapshot;
});
// Whatever was delivered, yesterday's snapshot is whole and still the latest.
afterEach(async () => {
  expect(await readJson(shop.store, keys.latestSnapshot('returns'))).toEqual(good);
  await downloadSnapshot(shop.store, good.digest, join(shop.home, 'cache'), ['train.parquet', 'test.parquet', 'statistics.json', 'sketches.json']);
  await shop.close();
});

const anomaliesOf = (result: RefreshResult): Anomaly[] => (result.kind === 'invalid' ? result.anomalies : []);
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: Error) => ({ type: failureType(error), message: error.message }),
  );

describe('a bad batch is quarantined with what is wrong with it', () => {
  it('wrong types', async () => {
    await shop.deliver('orders/day-2.csv', [HEADER, '1.5,10,web,2024-01-01', 'Mrs Smith,10,web,2024-01-01', '7,ten,web,2024-13-01', '8,9,app,2024-02-01']);
    expect(anomaliesOf(await shop.refresh())).toMatchObject([
      { rule: 'types', table: 'orders', column: 'customer', rows: 2, of: 138 },
      { rule: 'types', column: 'amount', rows: 1, examples: ['text of 3 characters in orders/day-2.csv (1 rows)'] },
      { rule: 'types', column: 'day', rows: 1, message: 'orders.day must be of type DATE; 1 of 138 rows are not.' },
    ]);
  });

  it('missing column', async () => {
    await shop.deliver('orders/day-2.csv', ['customer,amount,channel', '1,2,web', '2,3,web']);
    expect(anomaliesOf(await shop.refresh())).toEqual([
      {
        rule: 'columns',
        table: 'orders',
        column: 'day',
        rows: 2,
        of: 2,
        examples: ['orders/day-2.csv'],
        message: 'orders/day-2.csv has no column day; all of its 2 rows lack it.',
      },
    ]);
  });

  it('broken lines of a file that also lacks a column are not laid to the next one', async () => {
    await shop.deliver('orders/day-2.csv', ['customer,amount,channel', '1,2,web', '2,3']);
    await shop.deliver('orders/day-3.csv', [HEADER, '1,2,web,2024-01-01']);
    expect(anomaliesOf(await shop.refresh()).map(({ rule, column }) => [rule, column])).toEqual([['columns', 'day']]);
  });

  it('empty file', async () => {
    await shop.deliver('orders/day-2.csv', '');
    expect(anomaliesOf(await shop.refresh())).toMatchObject([{ rule: 'file', examples: ['orders/day-2.csv'], message: 'orders/day-2.csv is empty.' }]);
  });

  it('nothing but a header', async () => {
    await shop.deliver('orders/day-1.csv', [HEADER]);
    expect(anomaliesOf(await shop.refresh())).toMatchObject([{ rule: 'file', message: 'orders/day-1.csv has no rows.' }]);
  });

  it('lines cut off, with too many fields, not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEADER}\n1,2,web\n1,2,web,2024-01-01,5\n3,4,`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(',2024-01-01\n4,5,app,2024-01-01\n'),
    ]);
    await shop.deliver('orders/day-2.csv', bytes);
    const [anomaly, ...others] = anomaliesOf(await shop.refresh());
    expect(others).toEqual([]);
    expect(anomaly).toMatchObject({
      rule: 'lines',
      rows: 3,
      of: 138,
      examples: ['invalid encoding (1 lines)', 'missing columns (1 lines)', 'too many columns (1 lines)'],
    });
  });

  it('a quote that is never closed', async () => {
    await shop.deliver('orders/day-2.csv', [HEADER, '1,2,"web,2024-01-01', '2,3,app,2024-01-01']);
    expect(anomaliesOf(await shop.refresh())).toMatchObject([{ rule: 'lines', rows: 1 }]);
  });

  it('a column named twice', async () => {
    await shop.deliver('orders/day-2.csv', ['customer,amount,amount,channel,day', '1,2,2,web,2024-01-01']);
    expect(anomaliesOf(await shop.refresh())).toMatchObject([{ rule: 'file', examples: ['orders/day-2.csv'] }]);
  });

  it('duplicate keys', async () => {
    shop.define({ ...ORDERS, refresh: { ...ORDERS.refresh, expect: [unique('orders', ['customer', 'channel'])] } });
    expect(anomaliesOf(await shop.refresh('run', 'definition-2'))).toMatchObject([
      {
        rule: 'unique',
        table: 'orders',
        column: 'customer, channel',
        rows: 34,
        of: 134,
        message: 'orders.customer, channel must not occur twice; 34 of 134 rows break this.',
      },
    ]);
  });

  it('NaN and infinity', async () => {
    const keep: DataDefinition = { ...ORDERS, refresh: { ...ORDERS.refresh, expect: [] } };
    shop.define({ ...keep, refresh: { ...keep.refresh, examples: `SELECT *, [amount] AS amounts FROM (${ORDERS.refresh.examples})` } });
    await shop.deliver('orders/day-2.csv', [HEADER, '201,NaN,web,2024-01-01', '202,inf,web,2024-01-01', '203,-inf,web,2024-01-01']);
    expect(anomaliesOf(await shop.refresh())).toMatchObject([
      { rule: 'finite', table: 'examples', column: 'amount', rows: 3, of: 103 },
      { rule: 'finite', column: 'amounts', rows: 3 },
    ]);
  });

  it('0 test rows, an unknown split, no unit', async () => {
    const examples = (split: string, unit = 'customer') => ({
      ...ORDERS,
      refresh: { clean: {}, expect: [], examples: `SELECT ${unit}, ${split} AS split FROM orders` },
    });
    shop.define(examples(`'train'`));
    expect(anomaliesOf(await shop.refresh('run', 'd2'))).toMatchObject([{ rule: 'test-rows', table: 'examples', rows: 134, of: 134 }]);
    shop.define(examples(`CASE customer % 3 WHEN 0 THEN 'train' WHEN 1 THEN 'test' ELSE 'validation' END`, 'nullif(customer, 0) AS customer'));
    expect(anomaliesOf(await shop.refresh('run', 'd3'))).toMatchObject([
      { rule: 'not-null', column: 'customer', rows: 2, examples: ['missing (2 rows)'] },
      { rule: 'split', column: 'split', rows: 33, examples: ['varchar, 10 characters (33 rows)'] },
    ]);
  });

  it('truncated Parquet, and one without a column that the others have', async () => {
    const path = await shop.deliver('orders/a.parquet', '');
    const database = await openDuckDb();
    await database.copyToParquet(`SELECT range::INTEGER AS customer, random() AS amount, 'web' AS channel, DATE '2024-01-01' AS "day" FROM range(10000)`, path);
    await database.copyToParquet(`SELECT 1 AS customer`, path.replace('a.parquet', 'c.parquet'));
    database.close();
    const whole = await readFile(path);
    await shop.deliver('orders/b.parquet', whole.subarray(0, whole.length - 100));
    const torn = Buffer.from(whole);
    torn.fill(0, 100, 20_000); // the footer stands, the data does not
    await shop.deliver('orders/d.parquet', torn);
    shop.define({ ...ORDERS, sources: { orders: parquet('orders/*.parquet') } });
    const found = anomaliesOf(await shop.refresh('run', 'definition-2'));
    expect(found.map(({ rule, column, examples }) => [rule, column, examples[0]])).toEqual([
      ['file', null, 'orders/b.parquet'],
      ['columns', 'amount', 'orders/c.parquet'],
      ['columns', 'channel', 'orders/c.parquet'],
      ['columns', 'day', 'orders/c.parquet'],
      ['file', null, 'orders/d.parquet'],
    ]);
  });

  it('JSON lines: broken ones, wrong types, a list with a wrong element', async () => {
    shop.define({ ...ORDERS, sources: { orders: jsonl('orders/*.jsonl', { customer: 'INTEGER', items: 'INTEGER[]' }) } });
    await shop.deliver('orders/a.jsonl', [
      '{"customer":1,"items":[1,2]}',
      '{"customer":2,"items":[1,"x"]}',
      '{"customer":"three"}',
      '{"customer":4,',
      '[5]',
      '{"customer":6}',
    ]);
    expect(anomaliesOf(await shop.refresh('run', 'definition-2'))).toMatchObject([
      { rule: 'types', column: 'customer', rows: 1, of: 6 },
      { rule: 'types', column: 'items', rows: 1, of: 6 },
      { rule: 'lines', column: null, rows: 2, of: 6, examples: ['a line in orders/a.jsonl (2 rows)'] },
    ]);
  });

  it('label leak: a copy of the outcome, a threshold that tells it, units on both sides', async () => {
    const examples = `SELECT customer, hash(customer) % 2 = 0 AS returned, CASE WHEN returned THEN 'sent back' ELSE 'kept' END AS status,
        CASE WHEN returned THEN 100.0 ELSE 0 END + customer / 1000 AS fee, customer / 7 AS honest, channel,
        CASE WHEN hash(customer, channel, amount) % 3 = 0 THEN 'test' ELSE 'train' END AS split FROM orders`;
    const expectations = [...['status', 'fee', 'honest', 'channel'].map((column) => noLeak('examples', 'returned', column)), unitsApart('customer')];
    shop.define({ ...ORDERS, refresh: { ...ORDERS.refresh, examples, expect: expectations } });
    const found = anomaliesOf(await shop.refresh('run', 'definition-2'));
    expect(found.map(({ rule, column }) => [rule, column])).toEqual([
      ['no-leak', 'status'],
      ['no-leak', 'fee'],
      ['units-apart', 'customer'],
    ]);
  });

  it('every other expectation', async () => {
    const expectations = [
      notNull('orders', 'channel'),
      between('orders', 'day', '2024-01-02', '2024-01-28'),
      inTable('orders', 'channel', 'examples', 'kind'),
      oneOf('orders', 'channel', ['web', 'app']),
      matches('orders', 'channel', '[a-z]{3}'),
      minRows('examples', 1000),
    ];
    const examples = `SELECT customer, 'web' AS kind, CASE customer % 5 WHEN 0 THEN 'test' ELSE 'train' END AS split FROM orders`;
    shop.define({ ...ORDERS, refresh: { clean: {}, examples, expect: expectations } });
    await shop.deliver('orders/day-2.csv', [HEADER, '1,1,,2024-01-03']);
    expect(anomaliesOf(await shop.refresh('run', 'definition-2')).map(({ rule, column, rows, of, examples: e }) => [rule, column, rows, of, e[0]])).toEqual([
      ['not-null', 'channel', 1, 135, 'missing (1 rows)'],
      ['between', 'day', 6, 135, 'date, 10 characters (6 rows)'],
      ['in-table', 'channel', 66, 135, 'varchar, 3 characters (33 rows)'],
      ['one-of', 'channel', 33, 135, 'varchar, 5 characters (33 rows)'],
      ['matches', 'channel', 33, 135, 'varchar, 5 characters (33 rows)'],
      ['min-rows', null, 865, 135, undefined],
    ]);
  });

  it('shows no value of a customer, and keeps the batch for a person to look at', async () => {
    await shop.deliver('orders/day-2.csv', [HEADER, 'secret-name,secret-amount,web,secret-day']);
    const result = await shop.refresh('run-7');
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(result).toMatchObject({ kind: 'invalid', quarantine: 'quarantine/returns/run-7/report.json' });
    const report = await readJson<{ anomalies: Anomaly[]; files: { path: string; kept: string; sha256: string }[] }>(
      shop.store,
      'quarantine/returns/run-7/report.json',
    );
    expect(report!.anomalies).toEqual(anomaliesOf(result));
    expect(report!.files.map(({ path }) => path)).toEqual(['orders/day-1.csv', 'orders/day-2.csv']);
    expect((await shop.store.get(report!.files[1]!.kept))!.body.toString()).toContain('secret-name');
  });
});

describe('a broken definition or a broken place stops the run with a typed failure', () => {
  it('a query that fails, by the name of its table, without a value of the data', async () => {
    await shop.deliver('orders/day-2.csv', [HEADER, '300,1,secret,2024-01-01']);
    shop.define({ ...ORDERS, refresh: { ...ORDERS.refresh, clean: { orders: 'SELECT *, channel::INTEGER AS number FROM orders' } } });
    const failure = (await failureOf(shop.refresh())) as { type: string; message: string };
    expect(failure.type).toBe('InvalidQuery');
    expect(failure.message).toContain('refresh.clean.orders of returns');
    expect(failure.message).not.toContain('secret');
  });

  it('an expectation about a column that is not there; examples without split', async () => {
    shop.define({ ...ORDERS, refresh: { ...ORDERS.refresh, expect: [notNull('orders', 'nope')] } });
    expect(await failureOf(shop.refresh('run', 'd2'))).toMatchObject({
      type: 'InvalidQuery',
      message: expect.stringContaining('expectation not-null of orders.nope'),
    });
    shop.define({ ...ORDERS, refresh: { ...ORDERS.refresh, examples: 'SELECT customer FROM orders' } });
    expect(await failureOf(shop.refresh('run', 'd3'))).toMatchObject({ type: 'InvalidDefinition', message: expect.stringContaining("no column 'split'") });
  });

  it('no files', async () => {
    shop.define({ ...ORDERS, sources: { orders: csv('nowhere/*.csv', ORDERS.sources.orders!.columns!) } });
    expect(await failureOf(shop.refresh())).toMatchObject({ type: 'SourceMissing', message: expect.stringContaining('nowhere/*.csv') });
  });

  it('a delivery still under way', async () => {
    const path = await shop.deliver('orders/day-2.csv', [HEADER, ...orderLines(100, 110)]);
    let asked = 0;
    const writing = await openShop({
      store: { ...memoryStore(), get: async () => (asked++ === 0 ? (await shop.deliver('orders/day-2.csv', [HEADER, ...orderLines(100, 120)]), null) : null) },
      settings: { NIGHTJAR_HOME: shop.home, NIGHTJAR_DATA: shop.data },
    });
    expect(await failureOf(writing.refresh())).toMatchObject({ type: 'SourceChanged', message: expect.stringContaining('orders/day-2.csv') });
    expect(path).toContain('day-2');
    await writing.close();
  });

  it('a store that is away, before anything was changed', async () => {
    const away = new NightjarError('StoreUnreachable', 'test');
    const failing = await openShop({
      store: { ...shop.store, putFile: () => Promise.reject(away) },
      settings: { NIGHTJAR_HOME: shop.home, NIGHTJAR_DATA: shop.data },
    });
    await shop.deliver('orders/day-2.csv', [HEADER, ...orderLines(100, 110)]);
    expect(await failureOf(failing.refresh())).toMatchObject({ type: 'StoreUnreachable' });
    await failing.close();
  });
});
