import type { DuckDb } from '../../adapters/duckdb.ts';
import { failureType } from '../../contracts/errors.ts';
import type { Anomaly } from '../../contracts/snapshot.ts';
import { sqlName } from '../../contracts/sql.ts';
import type { Source } from '../../models/sources.ts';
import type { SourceFile } from './files.ts';
import { absentColumns, brokenLines, fileAnomaly, forgetBrokenLines, rawCount, wrongValues } from './read-anomalies.ts';
import { columnNames, parquetColumns, rawColumns, rawTable, rawValues, readerOf, type Columns } from './readers.ts';

/**
 * Reads a source's files into a table of its name with the types declared, and says what is wrong with them.
 * Values that are not of their type become NULL beside a note of what stood there, so one pass both converts and finds them.
 */
export async function readSource(database: DuckDb, table: string, source: Source, files: SourceFile[]): Promise<Anomaly[]> {
  const columns = source.columns ?? (await columnsOfFirstReadable(database, files));
  if (!columns) return files.map((file) => fileAnomaly(table, [file], UNREADABLE));
  const where = `sources.${table}`;
  await database.run(`CREATE TABLE ${rawTable(table)} (${rawColumns(columns)})`, where);
  const anomalies: Anomaly[] = [];
  for (const file of files) anomalies.push(...(await readFile(database, table, source, columns, file)));
  anomalies.push(...(await wrongValues(database, table, columns)));
  if (anomalies.length === 0 && (await rawCount(database, table)) === 0) anomalies.push(fileAnomaly(table, files, 'has no rows'));
  await database.run(`CREATE VIEW ${sqlName(table)} AS SELECT ${Object.keys(columns).map(sqlName).join(', ')} FROM ${rawTable(table)}`, where);
  return anomalies;
}

const UNREADABLE = 'cannot be read as what it is declared to be';

async function readFile(database: DuckDb, table: string, source: Source, columns: Columns, file: SourceFile): Promise<Anomaly[]> {
  if (file.bytes === 0) return [fileAnomaly(table, [file], 'is empty')];
  try {
    const names = await columnNames(database, source, columns, file);
    const reader = readerOf(source, columns, names, file);
    if (source.format === 'csv') await forgetBrokenLines(database);
    const absent = Object.keys(columns).filter((column) => !names.includes(column));
    if (absent.length > 0) return await absentColumns(database, table, reader, absent, file);
    await database.run(`INSERT INTO ${rawTable(table)} SELECT ${rawValues(source, columns, file)} FROM ${reader}`, `sources.${table}`);
    return source.format === 'csv' ? await brokenLines(database, table, file) : [];
  } catch (error) {
    if (failureType(error) !== 'SourceUnreadable') throw error;
    return [fileAnomaly(table, [file], UNREADABLE)];
  }
}

async function columnsOfFirstReadable(database: DuckDb, files: SourceFile[]): Promise<Columns | null> {
  for (const file of files) {
    try {
      return await parquetColumns(database, file);
    } catch (error) {
      if (failureType(error) !== 'SourceUnreadable') throw error;
    }
  }
  return null;
}
