import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDuckDb, type DuckDb } from '../../adapters/duckdb.ts';

/** What one refresh may hold in memory; beyond it DuckDB spills into the workspace. */
const MEMORY_LIMIT = '1500MB';

export interface Workspace {
  /** Folder of this attempt alone. */
  folder: string;
  database: DuckDb;
  /** Removes everything. */
  close(): Promise<void>;
}

/** A folder and a database for one attempt. Whatever earlier attempts for this model left when they were killed is removed first. */
export async function openWorkspace(home: string, model: string): Promise<Workspace> {
  const parent = join(home, 'refresh', model);
  await mkdir(parent, { recursive: true });
  for (const left of await readdir(parent)) await rm(join(parent, left), { recursive: true, force: true });

  // A name of its own: an attempt that was given up but still runs must not write into ours.
  const folder = join(parent, randomUUID());
  await mkdir(folder);
  const database = await openDuckDb({ path: join(folder, 'refresh.duckdb'), memoryLimit: MEMORY_LIMIT, temporaryDirectory: join(folder, 'spill') });
  return {
    folder,
    database,
    async close() {
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
