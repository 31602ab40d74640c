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

/** Holds for each value that is not of its type what it looks like, and NULL for all others. */
export const noteOf = (column: string): string => sqlName(`wrong ${column}`);

export const BROKEN_LINE = sqlName('broken line');

export function rawColumns(columns: Columns): string {
  const pairs = Object.entries(columns).map(([column, type]) => `${sqlName(column)} ${type}, ${noteOf(column)} VARCHAR`);
  return [...pairs, `${BROKEN_LINE} VARCHAR`].join(', ');
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
  const where = sqlText(` in ${file.path}`);
  const values = Object.entries(columns).map(([column, type]) => {
    const wrong = source.columns ? isWrong(column, type) : 'false'; // undeclared types are the file's own
    return `${typed(column, type)}, CASE WHEN ${wrong} THEN 'text of ' || length(${sqlName(column)}::VARCHAR) || ' characters' || ${where} END`;
  });
  // The JSON reader gives a line that it cannot parse as one without any value.
  const brokenLine = source.format === 'jsonl' ? `CASE WHEN ${Object.keys(columns).map(isMissing).join(' AND ')} THEN 'a line' || ${where} END` : 'NULL';
  return [...values, brokenLine].join(', ');
}

const asText = (names: string[]): string => `{${names.map((column) => `${sqlName(column)}: 'VARCHAR'`).join(', ')}}`;
