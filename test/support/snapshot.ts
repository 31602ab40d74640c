import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDb } from '../../adapters/duckdb.ts';
import { sha256 } from '../../adapters/objects.ts';
import { keys } from '../../contracts/ids.ts';
import type { SnapshotManifest, SnapshotRef } from '../../contracts/snapshot.ts';
import { sqlText } from '../../contracts/sql.ts';
import type { ObjectStore } from '../../contracts/store.ts';

/** A snapshot of these rows, as the refresh would have left it. Lists of texts and texts only. */
export async function putSnapshot(store: ObjectStore, model: string, train: object[], test: object[] = []): Promise<SnapshotRef> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-snapshot-'));
  const database = await openDuckDb({ threads: 1 });
  try {
    const files: SnapshotManifest['files'] = [];
    const bodies = new Map<string, Buffer>();
    for (const [name, rows] of Object.entries({ 'train.parquet': train, 'test.parquet': test.length ? test : train })) {
      const lines = join(folder, 'rows.jsonl');
      await writeFile(lines, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const columns = `{'user': 'VARCHAR', 'history': 'VARCHAR[]', 'next': 'VARCHAR[]'}`;
      await database.copyToParquet(`SELECT * FROM read_json(${sqlText(lines)}, format = 'newline_delimited', columns = ${columns})`, join(folder, name));
      const body = await readFile(join(folder, name));
      bodies.set(name, body);
      files.push({ path: name, sha256: sha256(body), bytes: body.length });
    }
    const manifest: SnapshotManifest = { format: 1, model, definition: 'd', sources: [], files, schema: [], trainRows: train.length, testRows: test.length };
    const text = JSON.stringify(manifest);
    const digest = sha256(text);
    for (const [name, body] of bodies) await store.put(`${keys.snapshot(digest)}/${name}`, body);
    await store.put(`${keys.snapshot(digest)}/manifest.json`, text);
    return { digest, trainRows: train.length, testRows: test.length };
  } finally {
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
}
