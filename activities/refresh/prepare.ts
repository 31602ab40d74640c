import type { DuckDb } from '../../adapters/duckdb.ts';
import { NightjarError } from '../../contracts/errors.ts';
import type { DataDefinition } from '../refresh.ts';
import { sqlName, sqlText } from '../../contracts/sql.ts';
import { repeatably } from './repeatable.ts';

/** Runs the definition's queries: the tables of `clean` in order, then `examples`. Throws InvalidQuery and InvalidDefinition. */
export async function prepareExamples(database: DuckDb, model: DataDefinition): Promise<void> {
  for (const [table, sql] of Object.entries(model.refresh.clean)) await makeTable(database, table, sql, `refresh.clean.${table} of ${model.name}`);
  await makeTable(database, 'examples', model.refresh.examples, `refresh.examples of ${model.name}`);

  const columns = (await columnsOf(database, 'examples')).map(({ column }) => column);
  for (const needed of ['split', model.unit])
    if (!columns.includes(needed)) throw new NightjarError('InvalidDefinition', `${model.name}: refresh.examples gives no column '${needed}'.`);
}

export async function columnsOf(database: DuckDb, table: string): Promise<{ column: string; type: string }[]> {
  const described = await database.rows(`DESCRIBE ${sqlName(table)}`);
  return described.map((row) => ({ column: String(row.column_name), type: String(row.column_type) }));
}

/** A cleaned table may take the name of the source it is made from, so it is made beside it first. */
async function makeTable(database: DuckDb, table: string, sql: string, where: string): Promise<void> {
  const beside = sqlName(`made ${table}`);
  await repeatably(database, sql, where, () => database.run(`CREATE TABLE ${beside} AS ${sql}`, where));
  const [source] = await database.rows(`SELECT 1 FROM duckdb_views() WHERE view_name = ${sqlText(table)} AND NOT internal`);
  if (source) await database.run(`DROP VIEW ${sqlName(table)}`);
  await database.run(`ALTER TABLE ${beside} RENAME TO ${sqlName(table)}`, where);
}
