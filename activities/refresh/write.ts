import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDb } from '../../adapters/duckdb.ts';
import { fileDigest } from '../../adapters/file-digest.ts';
import { sha256 } from '../../adapters/objects.ts';
import type { SnapshotManifest } from '../../contracts/snapshot.ts';
import { columnsOf } from './prepare.ts';
import { sketchColumns } from './sketches.ts';
import { describeColumns } from './statistics.ts';

/** A snapshot on this machine, not yet published. */
export interface WrittenSnapshot {
  digest: string;
  manifest: SnapshotManifest;
  /** The exact bytes whose digest names the snapshot. */
  manifestText: string;
  folder: string;
}

/**
 * Writes the files of a snapshot and its manifest. The same sources and definition give the same bytes: rows stand in ascending order
 * of their columns from left to right, and everything that depends on the order of computing runs on one thread.
 */
export async function writeSnapshot(
  database: DuckDb,
  input: Pick<SnapshotManifest, 'model' | 'definition' | 'sources'> & { unit: string },
  folder: string,
): Promise<WrittenSnapshot> {
  const schema = (await columnsOf(database, 'examples')).filter(({ column }) => column !== 'split');
  const [trainRows, testRows] = [await writeSplit(database, 'train', folder), await writeSplit(database, 'test', folder)];
  await writeFile(join(folder, 'statistics.json'), JSON.stringify(await describeColumns(database, schema, { trainRows, testRows })));
  await writeFile(join(folder, 'sketches.json'), JSON.stringify(await sketchColumns(database, schema, input.unit)));

  const { model, definition, sources } = input;
  const files = await Promise.all(['train.parquet', 'test.parquet', 'statistics.json', 'sketches.json'].map((path) => describeFile(folder, path)));
  const manifest: SnapshotManifest = { format: 1, model, definition, sources, files, schema, trainRows, testRows };
  const manifestText = JSON.stringify(manifest);
  return { digest: sha256(manifestText), manifest, manifestText, folder };
}

async function writeSplit(database: DuckDb, split: 'train' | 'test', folder: string): Promise<number> {
  await database.copyToParquet(`SELECT * EXCLUDE (split) FROM examples WHERE split = '${split}' ORDER BY ALL`, join(folder, `${split}.parquet`));
  const [row] = await database.rows(`SELECT count(*) AS n FROM examples WHERE split = '${split}'`);
  return Number(row!.n);
}

async function describeFile(folder: string, path: string): Promise<SnapshotManifest['files'][number]> {
  const local = join(folder, path);
  return { path, sha256: await fileDigest(local), bytes: (await stat(local)).size };
}
