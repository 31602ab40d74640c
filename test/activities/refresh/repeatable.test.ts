import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repeatably } from '../../../activities/refresh/repeatable.ts';
import { openDuckDb, type DuckDb } from '../../../adapters/duckdb.ts';

describe('queries whose result must not depend on who computes first', () => {
  let database: DuckDb;
  beforeAll(async () => {
    database = await openDuckDb({ threads: 4 });
    await database.run('CREATE TABLE taken AS SELECT range AS id, range % 7 AS customer, 1 / (1 + range) AS price FROM range(1000000)');
  });
  afterAll(() => database.close());

  const threadsFor = (sql: string) =>
    repeatably(database, sql, 'test', async () => Number((await database.rows("SELECT current_setting('threads') AS n"))[0]!.n));

  it.each([
    ['a projection', 'SELECT id, ln(1 + price) AS price, CASE WHEN id % 5 = 0 THEN 1 END AS fifth FROM taken'],
    ['a filter', 'SELECT * FROM taken WHERE price > 0.5'],
  ])('%s runs on all threads', async (_, sql) => {
    expect(await threadsFor(sql)).toBe(4);
  });

  it.each([
    ['a sum', 'SELECT customer, sum(price) FROM taken GROUP BY customer'],
    ['a list', 'SELECT customer, list(id) FROM taken GROUP BY customer'],
    ['a window', 'SELECT * FROM taken QUALIFY row_number() OVER (PARTITION BY customer ORDER BY price) = 1'],
    ['a numbering', 'SELECT id, row_number() OVER () AS n FROM taken'],
    ['a part without an order', 'SELECT * FROM taken LIMIT 3'],
    ['a join', 'SELECT a.id FROM taken a JOIN taken b ON a.id = b.customer'],
    ['a sum inside a projection', 'SELECT id, (SELECT sum(price) FROM taken) AS whole FROM taken'],
  ])('%s runs on one', async (_, sql) => {
    expect(await threadsFor(sql)).toBe(1);
  });

  it('keeps the order of the rows: a sample by their number stays the same', async () => {
    const sql = 'SELECT id, price FROM taken WHERE customer <> 3';
    await repeatably(database, sql, 'test', () => database.run(`CREATE TABLE kept AS ${sql}`));
    const [found] = await database.rows('SELECT count(*) AS n FROM (SELECT id, lag(id) OVER (ORDER BY rowid) AS before FROM kept) WHERE before >= id');
    expect(found).toEqual({ n: 0 });
  });
});
