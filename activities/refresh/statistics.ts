import type { DuckDb } from '../../adapters/duckdb.ts';
import type { ColumnStatistics, SnapshotStatistics } from '../../contracts/snapshot.ts';
import { sqlName } from '../../contracts/sql.ts';
import { onOneThread } from './repeatable.ts';
import { TRAIN_ROWS, TRAIN_SAMPLE } from './training-rows.ts';

const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

const NUMERIC = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL.*)$/;
const TIME = /^(DATE|TIME.*)$/;

export const isNumeric = (type: string): boolean => NUMERIC.test(type);

/** A pass over the training rows for what any order of them gives, one for the means, then one per numeric column over the sample. */
export async function describeColumns(
  database: DuckDb,
  schema: { column: string; type: string }[],
  counts: { trainRows: number; testRows: number },
): Promise<SnapshotStatistics> {
  const over = (aggregates: (column: string, type: string, i: number) => string) =>
    database.rows(`SELECT ${schema.map(({ column, type }, i) => aggregates(column, type, i)).join(', ')} FROM ${TRAIN_ROWS}`);
  const [all] = await over(counted);
  const [means] = await onOneThread(database, () => over(mean));
  const columns: Record<string, ColumnStatistics> = {};
  for (const [i, { column, type }] of schema.entries()) {
    const found = (what: string) => all![`${what}${i}`] ?? null;
    columns[column] = {
      type,
      count: counts.trainRows,
      missing: Number(found('missing')),
      distinct: Number(found('distinct')),
      min: found('min') as number | string | null,
      max: found('max') as number | string | null,
      mean: (means![`mean${i}`] ?? null) as number | null,
      quantiles: isNumeric(type) ? await quantiles(database, sqlName(column), QUANTILES) : null,
    };
  }
  return { ...counts, columns };
}

/** Ascending values at the fractions given, of the rows that have one; null when none has. */
export async function quantiles(database: DuckDb, expression: string, fractions: number[]): Promise<number[] | null> {
  const [row] = await database.rows(`SELECT quantile_disc((${expression})::DOUBLE, [${fractions.join(', ')}]) AS found FROM ${TRAIN_SAMPLE}`);
  return row!.found as number[] | null;
}

function counted(column: string, type: string, i: number): string {
  const name = sqlName(column);
  const measured = measure(name, type);
  return `count(*) FILTER (${name} IS NULL) AS missing${i}, approx_count_distinct(${name}) AS distinct${i}, min(${measured}) AS min${i}, max(${measured}) AS max${i}`;
}

const mean = (column: string, type: string, i: number): string => `${TIME.test(type) ? 'NULL' : `avg(${measure(sqlName(column), type)})`} AS mean${i}`;

const measure = (name: string, type: string): string => (isNumeric(type) ? `${name}::DOUBLE` : TIME.test(type) ? `${name}::VARCHAR` : lengthOf(name, type));

const lengthOf = (name: string, type: string): string => (type.endsWith('[]') ? `len(${name})` : `length(${name}::VARCHAR)`);
