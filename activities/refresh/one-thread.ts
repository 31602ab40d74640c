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
