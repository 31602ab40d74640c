import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDuckDb, readParquetRows, type DuckDb } from '../../adapters/duckdb.ts';
import { failureType } from '../../contracts/errors.ts';

let database: DuckDb;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-duckdb-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  database = await openDuckDb();
});
afterEach(() => database.close());

it('gives rows as plain JSON', async () => {
  const rows = await database.rows(`SELECT 1::BIGINT AS small, 9223372036854775807 AS large, 1.5::DECIMAL(9, 2) AS price, DATE '2024-01-31' AS day,
    TIMESTAMP '2024-01-31 10:00:00.5' AS time, TIMESTAMPTZ '2024-01-31 10:00:00+02' AS zoned, [1, NULL]::BIGINT[] AS list, {'a': 1::BIGINT, 'b': ['x']} AS struct, NULL AS nothing, true AS yes`);
  expect(rows).toEqual([
    {
      small: 1,
      large: '9223372036854775807',
      price: 1.5,
      day: '2024-01-31',
      time: '2024-01-31T10:00:00.500Z',
      zoned: '2024-01-31T08:00:00.000Z',
      list: [1, null],
      struct: { a: 1, b: ['x'] },
      nothing: null,
      yes: true,
    },
  ]);
  expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
});

it('streams Parquet in order and in batches, all columns or some', async () => {
  const path = join(folder, 'a.parquet');
  await database.copyToParquet('SELECT range AS n, [range] AS list FROM range(10000) ORDER BY n', path);
  expect(await readdir(folder)).toEqual(['a.parquet']);
  const batches = [];
  for await (const batch of readParquetRows(path, { columns: ['n'] })) batches.push(batch);
  expect(batches.length).toBeGreaterThan(1);
  expect(batches.flat()).toEqual(Array.from({ length: 10_000 }, (_, n) => ({ n })));
});

it('may be left in the middle of a stream', async () => {
  const path = join(folder, 'a.parquet');
  for await (const batch of readParquetRows(path)) {
    expect(batch[0]).toEqual({ n: 0, list: [0] });
    break;
  }
});

describe('failures are of the catalogue and show no value of a row', () => {
  it.each([
    ['a conversion', `SELECT 'secret'::INTEGER`, 'InvalidQuery'],
    ['an unknown column', 'SELECT nope FROM range(1)', 'InvalidQuery'],
    ['no SQL', 'SELEC', 'InvalidQuery'],
    ['a constraint', `CREATE TABLE t (a VARCHAR PRIMARY KEY); INSERT INTO t VALUES ('secret'), ('secret')`, 'InvalidQuery'],
    ['a missing file', `FROM read_parquet('/nowhere.parquet')`, 'SourceUnreadable'],
  ])('%s', async (_, sql, type) => {
    const error: unknown = await database.rows(sql, 'refresh.examples').catch((failure: unknown) => failure);
    expect(failureType(error)).toBe(type);
    expect((error as Error).message).toContain('refresh.examples: DuckDB: ');
    expect((error as Error).message).not.toContain('secret');
    expect((error as Error).cause).toBeUndefined();
  });

  it('a file that is no Parquet', async () => {
    const path = join(folder, 'b.parquet');
    await writeFile(path, 'PAR1 and then nothing of the kind');
    const reading = async () => {
      for await (const batch of readParquetRows(path)) expect(batch).toBeUndefined();
    };
    expect(await reading().catch(failureType)).toBe('SourceUnreadable');
  });
});
