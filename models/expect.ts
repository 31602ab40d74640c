import { sqlName, sqlText } from '../contracts/sql.ts';

/** A rule that a table must keep; a batch that breaks one is quarantined. Tables: the sources, those of `clean`, and `examples`. */
export interface Expectation {
  rule: string;
  table: string;
  column: string | null;
  /** kind `row`: SQL condition that is true for a row which breaks the rule. kind `table`: a SELECT of one number, the rows that break it. */
  broken: string;
  kind: 'row' | 'table';
  /** What must hold, as the end of a sentence that begins with the table and column. */
  message: string;
}

/** Every row has a value. */
export const notNull = (table: string, column: string): Expectation => ofRow('not-null', table, column, `${sqlName(column)} IS NULL`, 'must not be missing');

/** No two rows share a value (or a combination of values). Counts the rows beyond the first of each. */
export function unique(table: string, columns: string | string[]): Expectation {
  const names = [columns].flat();
  const broken = `SELECT coalesce(sum(copies - 1), 0) FROM (SELECT count(*) AS copies FROM ${sqlName(table)} GROUP BY ${names.map(sqlName).join(', ')} HAVING copies > 1)`;
  return { rule: 'unique', table, column: names.join(', '), broken, kind: 'table', message: 'must not occur twice' };
}

/** Each value that is there lies in [low, high]; texts are compared as the column's own type, so dates may be given as `2024-01-31`. NaN lies outside. */
export const between = (table: string, column: string, low: number | string, high: number | string): Expectation =>
  ofRow('between', table, column, `NOT (${sqlName(column)} BETWEEN ${literal(low)} AND ${literal(high)})`, `must lie between ${low} and ${high}`);

/** Each value that is there occurs in the other table. */
export const inTable = (table: string, column: string, otherTable: string, otherColumn = column): Expectation =>
  ofRow(
    'in-table',
    table,
    column,
    `${sqlName(column)} NOT IN (SELECT ${sqlName(otherColumn)} FROM ${sqlName(otherTable)} WHERE ${sqlName(otherColumn)} IS NOT NULL)`,
    `must occur in ${otherTable}.${otherColumn}`,
  );

/** Each value that is there is one of these. */
export const oneOf = (table: string, column: string, values: (number | string)[]): Expectation =>
  ofRow('one-of', table, column, `${sqlName(column)} NOT IN (${values.map(literal).join(', ')})`, `must be one of ${values.join(', ')}`);

/** Each text that is there matches the whole pattern (RE2). */
export const matches = (table: string, column: string, pattern: string): Expectation =>
  ofRow('matches', table, column, `NOT regexp_full_match(${sqlName(column)}, ${sqlText(pattern)})`, `must match ${pattern}`);

/** The table has at least so many rows; counts those that are wanting. */
export const minRows = (table: string, rows: number): Expectation => ({
  rule: 'min-rows',
  table,
  column: null,
  broken: `SELECT greatest(0, ${rows} - count(*)) FROM ${sqlName(table)}`,
  kind: 'table',
  message: `must have at least ${rows} rows`,
});

/**
 * No unit of the test rows occurs in the training rows: what a split by unit promises, and a split by time does not.
 * Counts the test rows of such units.
 */
export const unitsApart = (unit: string): Expectation => ({
  rule: 'units-apart',
  table: 'examples',
  column: unit,
  broken: `SELECT count(*) FROM examples WHERE split = 'test' AND ${sqlName(unit)} IN (SELECT ${sqlName(unit)} FROM examples WHERE split = 'train')`,
  kind: 'table',
  message: 'must not have the same value in training and test rows',
});

/**
 * The column does not tell the label: a copy of the outcome, or something known only after it. Broken, with all rows counted, when
 * of the rows whose value stands in ten rows or more, if they are at least half of all, 99.5 % have their value's most
 * frequent label, while the most frequent label alone is right in less; or when the label has two values and a threshold of the
 * column separates them perfectly.
 */
export function noLeak(table: string, label: string, column: string): Expectation {
  const value = sqlName(column);
  const outcome = sqlName(label);
  const broken = `
    WITH rows AS (SELECT ${value} AS value, ${outcome} AS label FROM ${sqlName(table)} WHERE ${value} IS NOT NULL AND ${outcome} IS NOT NULL),
    cells AS (SELECT value, label, count(*) AS n FROM rows GROUP BY ALL),
    groups AS (SELECT sum(n) AS n, max(n) AS best FROM cells GROUP BY value HAVING sum(n) >= 10),
    labels AS (SELECT label, count(*) AS n, min(value) AS low, max(value) AS high FROM rows GROUP BY label),
    whole AS (SELECT sum(n) AS n, max(n) AS most, count(*) AS labels FROM labels),
    guessed AS (SELECT coalesce(sum(n), 0) AS n, coalesce(sum(best), 0) AS best FROM groups),
    apart AS (SELECT count(*) AS n FROM labels a JOIN labels b ON a.label < b.label WHERE a.high < b.low OR b.high < a.low)
    SELECT CASE WHEN whole.labels > 1 AND (
        (2 * guessed.n >= whole.n AND guessed.best >= 0.995 * guessed.n AND whole.most < 0.995 * whole.n)
        OR (whole.labels = 2 AND apart.n = 1)
      ) THEN whole.n ELSE 0 END
    FROM whole, guessed, apart`;
  return { rule: 'no-leak', table, column, broken, kind: 'table', message: `must not give ${label} away` };
}

const ofRow = (rule: string, table: string, column: string, broken: string, message: string): Expectation => ({
  rule,
  table,
  column,
  broken,
  kind: 'row',
  message,
});

const literal = (value: number | string): string => (typeof value === 'number' ? String(value) : sqlText(value));
