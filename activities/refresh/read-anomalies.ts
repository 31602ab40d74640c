import type { DuckDb } from '../../adapters/duckdb.ts';
import type { Anomaly } from '../../contracts/snapshot.ts';
import type { SourceFile } from './files.ts';
import { rawTable, WRONG, type Columns } from './readers.ts';

/** Declared columns that a file does not have. */
export async function absentColumns(database: DuckDb, table: string, reader: string, absent: string[], file: SourceFile): Promise<Anomaly[]> {
  const [{ n } = { n: 0 }] = await database.rows(`SELECT count(*) AS n FROM ${reader}`);
  const rows = Number(n);
  return absent.map((column) => ({
    rule: 'columns',
    table,
    column,
    rows,
    of: rows,
    examples: [file.path],
    message: `${file.path} has no column ${column}; all of its ${rows} rows lack it.`,
  }));
}

/** Lines of a CSV file that do not have the header's fields, from DuckDB's own note of them. */
export async function brokenLines(database: DuckDb, table: string, file: SourceFile): Promise<Anomaly[]> {
  const kinds = await database.rows(
    `SELECT lower(error_type::VARCHAR) AS kind, count(DISTINCT line) AS n FROM reject_errors GROUP BY ALL ORDER BY n DESC, kind`,
  );
  const rows = kinds.reduce((sum, kind) => sum + Number(kind.n), 0);
  if (rows === 0) return [];
  const of = rows + (await rawCount(database, table));
  const examples = kinds.slice(0, 3).map(({ kind, n }) => `${kind} (${n} lines)`);
  return [
    {
      rule: 'lines',
      table,
      column: null,
      rows,
      of,
      examples,
      message: `${file.path}: ${rows} lines do not have the fields of the header: ${examples.join(', ')}.`,
    },
  ];
}

/** DuckDB adds to its notes with every file, also those of one that was not read to its end. */
export async function forgetBrokenLines(database: DuckDb): Promise<void> {
  for (const table of ['reject_errors', 'reject_scans']) await database.run(`DROP TABLE IF EXISTS ${table}`);
}

/** Values that are not of their declared type and lines that are no JSON objects, from the notes beside them; in the order of the columns. */
export async function wrongValues(database: DuckDb, table: string, columns: Columns): Promise<Anomaly[]> {
  const of = await rawCount(database, table);
  const notes = await database.rows(
    `SELECT wrong."column" AS "column", wrong.note AS note, count(*) AS n FROM (SELECT unnest(${WRONG}) AS wrong FROM ${rawTable(table)} WHERE ${WRONG} IS NOT NULL)
     GROUP BY ALL ORDER BY n DESC, note`,
  );
  const anomalies: Anomaly[] = [];
  for (const column of [...Object.keys(columns), null]) {
    const own = notes.filter((note) => note.column === column);
    const rows = own.reduce((sum, { n }) => sum + Number(n), 0);
    if (rows === 0) continue;
    const examples = own.slice(0, 3).map(({ note, n }) => `${String(note)} (${n} rows)`);
    const must = column ? `${table}.${column} must be of type ${columns[column]}` : `Each line of ${table} must be a JSON object with some of its columns`;
    anomalies.push({ rule: column ? 'types' : 'lines', table, column, rows, of, examples, message: `${must}; ${rows} of ${of} rows are not.` });
  }
  return anomalies;
}

export async function rawCount(database: DuckDb, table: string): Promise<number> {
  const [row] = await database.rows(`SELECT count(*) AS n FROM ${rawTable(table)}`);
  return Number(row!.n);
}

/** What is wrong with whole files; how many rows they would have had is not known. */
export const fileAnomaly = (table: string, files: SourceFile[], what: string): Anomaly => ({
  rule: 'file',
  table,
  column: null,
  rows: 0,
  of: 0,
  examples: files.slice(0, 3).map(({ path }) => path),
  message: `${files.map(({ path }) => path).join(', ')} ${what}.`,
});
