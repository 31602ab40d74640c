import type { DuckDb } from '../../adapters/duckdb.ts';
import { sqlName, sqlText } from '../../contracts/sql.ts';
import type { Source } from '../../models/sources.ts';
import { isMissing, isWrong, typed } from './columns.ts';
import type { SourceFile } from './files.ts';
import { readHeader } from './header.ts';

/** Column → type, as the raw table has them. */
export type Columns = Record<string, string>;

/** The table that files are read into; the source's own name is a view of its declared columns. */
export const rawTable = (table: string): string => sqlName(`raw ${table}`);

/** Holds for a row what is wrong with it: the column (null: the whole line) and what stands there, redacted. NULL for all good rows. */
export const WRONG = sqlName('what is wrong');

export function rawColumns(columns: Columns): string {
  const own = Object.entries(columns).map(([column, type]) => `${sqlName(column)} ${type}`);
  return [...own, `${WRONG} STRUCT("column" VARCHAR, note VARCHAR)[]`].join(', ');
}

/** What a Parquet file says of itself. Throws SourceUnreadable. */
export async function parquetColumns(database: DuckDb, file: SourceFile): Promise<Columns> {
  const described = await database.rows(`DESCRIBE SELECT * FROM read_parquet(${sqlText(file.local)})`);
  return Object.fromEntries(described.map((row) => [String(row.column_name), String(row.column_type)]));
}

/** Names of the columns that a file has. Throws SourceUnreadable. */
export async function columnNames(database: DuckDb, source: Source, columns: Columns, file: SourceFile): Promise<string[]> {
  if (source.format === 'csv') return readHeader(file.local);
  if (source.format === 'parquet') return Object.keys(await parquetColumns(database, file));
  return Object.keys(columns); // a line of JSON need not name what is missing
}

/** Text formats are read as text: the types stand in the definition, and the reader must not guess. */
export function readerOf(source: Source, columns: Columns, names: string[], file: SourceFile): string {
  const path = sqlText(file.local);
  if (source.format === 'parquet') return `read_parquet(${path})`;
  if (source.format === 'jsonl') return `read_ndjson(${path}, columns=${asText(Object.keys(columns))}, ignore_errors=true)`;
  return `read_csv(${path}, auto_detect=false, header=true, delim=',', quote='"', escape='"', columns=${asText(names)}, store_rejects=true)`;
}

/** The values of a raw table's row, in the order of `rawColumns`. */
export function rawValues(source: Source, columns: Columns, file: SourceFile): string {
  const values = Object.entries(columns).map(([column, type]) => typed(column, type));
  return [...values, whatIsWrong(source, columns, file)].join(', ');
}

/** Any wrong value is looked for in every row, which wrong values there are only in the few that have one. */
function whatIsWrong(source: Source, columns: Columns, file: SourceFile): string {
  const where = sqlText(` in ${file.path}`);
  const wrongs = Object.entries(source.columns ?? {})
    .filter(([, type]) => type !== 'VARCHAR')
    .map(([column, type]) => ({
      column: sqlText(column),
      when: isWrong(column, type),
      note: `'text of ' || length(${sqlName(column)}::VARCHAR) || ' characters'`,
    }));
  // The JSON reader gives a line that it cannot parse as one without any value.
  if (source.format === 'jsonl') wrongs.push({ column: 'NULL', when: `(${Object.keys(columns).map(isMissing).join(' AND ')})`, note: `'a line'` });
  if (wrongs.length === 0) return 'NULL';
  const found = wrongs.map(({ column, when, note }) => `CASE WHEN ${when} THEN {'column': ${column}, 'note': ${note} || ${where}} END`);
  return `CASE WHEN ${wrongs.map(({ when }) => when).join(' OR ')} THEN list_filter([${found.join(', ')}], lambda wrong: wrong IS NOT NULL) END`;
}

const asText = (names: string[]): string => `{${names.map((column) => `${sqlName(column)}: 'VARCHAR'`).join(', ')}}`;
