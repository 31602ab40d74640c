import type { DuckDb } from '../../adapters/duckdb.ts';
import type { CategoricalSketch, NumericSketch, ReferenceSketches } from '../../contracts/sketch.ts';
import { sqlName } from '../../contracts/sql.ts';
import { isNumeric, quantiles } from './statistics.ts';
import { TRAIN_ROWS } from './training-rows.ts';

/** statistics: section 4 */
const BINS = 32;
const CATEGORIES = 256;

/**
 * Sketches of the training rows, under the names that `domain/drift` gives to columns of requests: a list has a `.length` and its `.items`.
 * The unit has none: its values name customers. Neither have times, which never come back.
 */
export async function sketchColumns(database: DuckDb, schema: { column: string; type: string }[], unit: string): Promise<ReferenceSketches> {
  const sketches: ReferenceSketches = {};
  for (const { column, type } of schema) {
    const name = sqlName(column);
    if (column === unit) continue;
    if (isNumeric(type)) sketches[column] = await numeric(database, name);
    else if (/^(VARCHAR|BOOLEAN|ENUM.*)$/.test(type)) sketches[column] = await categorical(database, name, TRAIN_ROWS);
    else if (type.endsWith('[]')) {
      sketches[`${column}.length`] = await numeric(database, `len(${name})`);
      sketches[`${column}.items`] = await categorical(database, 'item', `(SELECT unnest(${name}) AS item FROM ${TRAIN_ROWS})`);
    }
  }
  return sketches;
}

async function numeric(database: DuckDb, expression: string): Promise<NumericSketch> {
  const value = `(${expression})::DOUBLE`;
  const [whole] = await database.rows(`SELECT count(*) AS count, count(*) FILTER (${value} IS NULL) AS missing, max(${value}) AS highest FROM ${TRAIN_ROWS}`);
  const fractions = Array.from({ length: BINS - 1 }, (_, i) => (i + 1) / BINS);
  const found = (await quantiles(database, expression, fractions)) ?? [];
  // Ties make equal quantiles, and an edge at the highest value an empty last bin.
  const edges = [...new Set(found)].filter((edge) => edge < Number(whole!.highest));
  const counts = await countsBetween(database, value, edges);
  return { kind: 'numeric', edges, counts, missing: Number(whole!.missing), count: Number(whole!.count) };
}

/** Counts of values up to each edge and above the edge before it; the last above all edges. */
async function countsBetween(database: DuckDb, value: string, edges: number[]): Promise<number[]> {
  const [row] = await database.rows(`SELECT histogram(${value}, [${edges.join(', ')}]::DOUBLE[]) AS found, count(${value}) AS n FROM ${TRAIN_ROWS}`);
  const bins = new Map(((row!.found ?? []) as { key: number; value: number }[]).map((bin) => [bin.key, bin.value]));
  const counts = edges.map((edge) => bins.get(edge) ?? 0);
  return [...counts, counts.reduce((left, n) => left - n, Number(row!.n))];
}

async function categorical(database: DuckDb, expression: string, from: string): Promise<CategoricalSketch> {
  const [whole] = await database.rows(`SELECT count(*) AS count, count(*) FILTER (${expression} IS NULL) AS missing FROM ${from}`);
  const frequent = await database.rows(
    `SELECT (${expression})::VARCHAR AS category, count(*) AS n FROM ${from} WHERE ${expression} IS NOT NULL GROUP BY category ORDER BY n DESC, category LIMIT ${CATEGORIES}`,
  );
  const counts = Object.fromEntries(frequent.map(({ category, n }) => [String(category), Number(n)]));
  const counted = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const missing = Number(whole!.missing);
  const count = Number(whole!.count);
  return { kind: 'categorical', counts, other: count - missing - counted, missing, count };
}
