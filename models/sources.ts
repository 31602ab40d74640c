/** Types that a source may declare: DuckDB's names, lists by `[]`. */
export type ColumnType = 'BOOLEAN' | 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'DATE' | 'TIMESTAMP' | 'INTEGER[]' | 'BIGINT[]' | 'DOUBLE[]' | 'VARCHAR[]';

/** Where a table of a model comes from: files below the model's data folder (or s3://…), or the gateway's own events. */
export interface Source {
  format: 'csv' | 'jsonl' | 'parquet' | 'events';
  /** Glob (`*`, `**`, `?`) relative to `<NIGHTJAR_DATA>/<model>/`, or an absolute path, or `s3://bucket/prefix/*.csv`. Empty for events. */
  path: string;
  /** The columns that the table has and their types; a file may hold others besides, which are left out. Null: as the file says (Parquet). */
  columns: Record<string, ColumnType> | null;
}

/**
 * Comma-separated, with a header, UTF-8. Text says nothing about its types, so the definition does: a value that is not of the
 * type declared is an anomaly, never a guess. An empty field is missing (NULL).
 */
export const csv = (path: string, columns: Record<string, ColumnType>): Source => ({ format: 'csv', path, columns });

/** One JSON object a line. A field that is absent or null is missing; a value that is not of the type declared is an anomaly. */
export const jsonl = (path: string, columns: Record<string, ColumnType>): Source => ({ format: 'jsonl', path, columns });

/** Parquet with the types of the files, or those declared. */
export const parquet = (path: string, columns: Record<string, ColumnType> | null = null): Source => ({ format: 'parquet', path, columns });

/**
 * What the gateway logged for this model, as two tables whatever the source is called: `exposures` and `rewards`, with the columns of
 * `contracts/events.ts` (`at` as TIMESTAMP, `unit` already hashed). Both may be empty.
 */
export const events = (): Source => ({ format: 'events', path: '', columns: null });
