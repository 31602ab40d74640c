import type { DuckDb } from '../../adapters/duckdb.ts';

/**
 * Runs queries whose result depends on the order of computing: with more threads a sum of doubles, or a list without an order, differs by
 * which thread was first, and the same data would get another digest.
 */
export async function onOneThread<T>(database: DuckDb, work: () => Promise<T>): Promise<T> {
  await database.run('SET threads = 1');
  const result = await work();
  await database.run('RESET threads');
  return result;
}

/** As `onOneThread`, but on all threads when the query turns each row of one table into one by itself: DuckDB then keeps their order. */
export async function repeatably<T>(database: DuckDb, sql: string, where: string, work: () => Promise<T>): Promise<T> {
  return (await rowByRow(database, sql, where)) ? work() : onOneThread(database, work);
}

const ROW_BY_ROW = new Set(['PROJECTION', 'FILTER', 'SEQ_SCAN']);

interface PlanNode {
  name: string;
  children: PlanNode[];
}

async function rowByRow(database: DuckDb, sql: string, where: string): Promise<boolean> {
  const [explained] = await database.rows(`EXPLAIN (FORMAT json) ${sql}`, where);
  const plan = JSON.parse(String(explained!.explain_value)) as PlanNode[];
  return operators(plan).every((name) => ROW_BY_ROW.has(name));
}

const operators = (nodes: PlanNode[]): string[] => nodes.flatMap(({ name, children }) => [name.trim(), ...operators(children)]);
