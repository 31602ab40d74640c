import type { DuckDb } from '../../adapters/duckdb.ts';
import type { Anomaly } from '../../contracts/snapshot.ts';
import type { DataDefinition } from '../refresh.ts';
import { sqlName } from '../../contracts/sql.ts';
import { notNull, type Expectation } from '../../models/expect.ts';
import { columnsOf } from './prepare.ts';

/** Every rule that the data breaks: those of the definition, and those that no training or evaluation could live without. */
export async function checkExpectations(database: DuckDb, model: DataDefinition): Promise<Anomaly[]> {
  const anomalies: Anomaly[] = [];
  for (const expectation of [...model.refresh.expect, ...(await always(database, model.unit))]) {
    const anomaly = await check(database, expectation);
    if (anomaly) anomalies.push(anomaly);
  }
  return anomalies;
}

async function always(database: DuckDb, unit: string): Promise<Expectation[]> {
  const columns = await columnsOf(database, 'examples');
  return [
    notNull('examples', unit),
    ...columns.filter(({ type }) => /^(FLOAT|DOUBLE)(\[\])?$/.test(type)).map(({ column, type }) => finite(column, type.endsWith('[]'))),
    ofSplit('split', "split IS NULL OR split NOT IN ('train', 'test')", "must be 'train' or 'test'"),
    someRows('train'),
    someRows('test'),
  ];
}

/** NaN and infinity spread through a training until nothing is left of it. */
const finite = (column: string, list: boolean): Expectation => ({
  ...ofSplit(
    'finite',
    list ? `list_bool_or(list_transform(${sqlName(column)}, lambda x: NOT isfinite(x)))` : `NOT isfinite(${sqlName(column)})`,
    'must be neither NaN nor infinite',
  ),
  column,
});

const ofSplit = (rule: string, broken: string, message: string): Expectation => ({ rule, table: 'examples', column: 'split', broken, kind: 'row', message });

const someRows = (split: 'train' | 'test'): Expectation => ({
  rule: `${split}-rows`,
  table: 'examples',
  column: 'split',
  broken: `SELECT CASE WHEN count(*) FILTER (split = '${split}') = 0 THEN greatest(count(*), 1) ELSE 0 END FROM examples`,
  kind: 'table',
  message: `must be '${split}' in some row`,
});

async function check(database: DuckDb, { rule, table, column, broken, kind, message }: Expectation): Promise<Anomaly | null> {
  const where = `expectation ${rule} of ${table}${column ? `.${column}` : ''}`;
  const breaking = kind === 'row' ? `count(*) FILTER (${broken})` : `(${broken})`;
  const [counted] = await database.rows(`SELECT count(*) AS of, ${breaking} AS rows FROM ${sqlName(table)}`, where);
  const rows = Number(counted!.rows);
  const of = Number(counted!.of);
  if (rows === 0) return null;
  const examples = kind === 'row' && column ? await redactedExamples(database, table, column, broken) : [];
  return { rule, table, column, rows, of, examples, message: `${table}${column ? `.${column}` : ''} ${message}; ${rows} of ${of} rows break this.` };
}

/** What the breaking values look like, without the values: type, sign and length, the most frequent first. */
async function redactedExamples(database: DuckDb, table: string, column: string, broken: string): Promise<string[]> {
  const value = sqlName(column);
  const look = `CASE WHEN ${value} IS NULL THEN 'missing'
    ELSE lower(typeof(${value})) || CASE WHEN ${value}::VARCHAR LIKE '-%' THEN ', negative' ELSE '' END || ', ' || length(${value}::VARCHAR) || ' characters' END`;
  const looks = await database.rows(`SELECT ${look} AS look, count(*) AS n FROM ${sqlName(table)} WHERE ${broken} GROUP BY look ORDER BY n DESC, look LIMIT 3`);
  return looks.map(({ look: text, n }) => `${String(text)} (${n} rows)`);
}
