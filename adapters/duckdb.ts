import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DuckDBInstance, DuckDBTypeId, JSDuckDBValueConverter, type DuckDBValueConverter, type JS } from '@duckdb/node-api';
import { NightjarError } from '../contracts/errors.ts';
import { sqlName, sqlText } from '../contracts/sql.ts';

/** A row as plain JSON: numbers, strings, booleans, null, arrays and objects of these; dates are ISO strings. */
export type Row = Record<string, unknown>;

export interface DuckDbOptions {
  /** Database file; in memory when absent. */
  path?: string;
  /** DuckDB's own notation, e.g. `1500MB`. */
  memoryLimit?: string;
  /** 1 makes the order of every result, and so of every file written, repeatable. */
  threads?: number;
  /** Where operators spill when the memory limit is reached. */
  temporaryDirectory?: string;
}

export interface DuckDb {
  /** @param where what the statement is for, e.g. `refresh.clean.ratings`; begins the message of a failure */
  run(sql: string, where?: string): Promise<void>;
  rows(sql: string, where?: string): Promise<Row[]>;
  /** The result in batches of about two thousand rows; never whole in memory. */
  stream(sql: string): AsyncIterable<Row[]>;
  /** Writes the result of a SELECT in its order. The file appears whole or not at all. */
  copyToParquet(sql: string, path: string): Promise<void>;
  close(): void;
}

/**
 * Opens DuckDB. Extensions are neither downloaded nor loaded by themselves: what runs is what was installed.
 * Every method throws InvalidQuery, SourceUnreadable or DiskFull; messages never show a value of a row.
 */
export async function openDuckDb(options: DuckDbOptions = {}): Promise<DuckDb> {
  const config = {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(options.memoryLimit ? { memory_limit: options.memoryLimit } : {}),
    ...(options.threads ? { threads: String(options.threads) } : {}),
    ...(options.temporaryDirectory ? { temp_directory: options.temporaryDirectory } : {}),
  };
  const instance = await told(() => DuckDBInstance.create(options.path ?? ':memory:', config));
  const connection = await told(() => instance.connect());
  // Timestamps with a zone are shown in the session's zone; the machine's own would make the same data look different elsewhere.
  await told(() => connection.run("SET TimeZone = 'UTC'"));

  const run = async (sql: string, where?: string): Promise<void> => void (await told(() => connection.run(sql), where));
  return {
    run,
    rows: (sql, where) => told(async () => (await connection.runAndReadAll(sql)).convertRowObjects(plain), where),
    async *stream(sql) {
      const result = await told(() => connection.stream(sql));
      const batches = result.yieldConvertedRowObjects(plain);
      for (;;) {
        const batch = await told(() => batches.next());
        if (batch.done) return;
        yield batch.value;
      }
    },
    async copyToParquet(sql, path) {
      const partial = `${path}.partial`;
      await mkdir(dirname(path), { recursive: true });
      try {
        await run(`COPY (${sql}) TO ${sqlText(partial)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`);
        await rename(partial, path);
      } finally {
        await rm(partial, { force: true });
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Streams a Parquet file in its order, all columns or those named. Throws SourceUnreadable. */
export async function* readParquetRows(path: string, options: { columns?: string[] } = {}): AsyncIterable<Row[]> {
  const database = await openDuckDb({ threads: 1, memoryLimit: '512MB' });
  try {
    yield* database.stream(`SELECT ${options.columns?.map(sqlName).join(', ') ?? '*'} FROM read_parquet(${sqlText(path)})`);
  } finally {
    database.close();
  }
}

/** Numbers stay numbers; 64-bit integers beyond 2^53 become decimal strings rather than lose digits. */
const plain: DuckDBValueConverter<JS> = (value, type) => {
  const converted = JSDuckDBValueConverter(value, type, plain);
  if (typeof converted === 'bigint') return Number.isSafeInteger(Number(converted)) ? Number(converted) : String(converted);
  if (converted instanceof Date) return type.typeId === DuckDBTypeId.DATE ? converted.toISOString().slice(0, 10) : converted.toISOString();
  return converted;
};

async function told<T>(call: () => Promise<T>, where = ''): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translate((error as Error).message, where);
  }
}

/** The engine's own error is not kept as a cause: it quotes values of rows. */
function translate(message: string, what: string): NightjarError {
  const where = `${what && `${what}: `}DuckDB: ${redact(message)}.`;
  if (/No space left on device|max_temp_directory_size/i.test(message)) return new NightjarError('DiskFull', where);
  if (/^(IO|Invalid|Serialization) Error|parquet|sniffing|malformed json|invalid unicode/i.test(message)) return new NightjarError('SourceUnreadable', where);
  return new NightjarError('InvalidQuery', where);
}

/** The first line, without what it quotes from the data; Parser, Binder and Catalog errors quote the query only. */
function redact(message: string): string {
  const line = message.split('\n', 1)[0]!.trim().replace(/\.$/, '');
  return /^(Parser|Binder|Catalog|IO) Error/.test(line) ? line : line.replace(/'[^']*'|"[^"]*"/g, '…');
}
