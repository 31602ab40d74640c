import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import type { SnapshotManifest } from '../contracts/snapshot.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { fileDigest } from './file-digest.ts';
import { sha256 } from './objects.ts';

export type SnapshotFile = 'train.parquet' | 'test.parquet' | 'statistics.json' | 'sketches.json';

export interface LocalSnapshot {
  manifest: SnapshotManifest;
  /** Where the file asked for stands on this machine. */
  path(file: SnapshotFile): string;
}

/** A snapshot that nobody asked for in this time makes room on the disk. */
const UNUSED_MILLISECONDS = 3 * 24 * 3600 * 1000;

/** The manifest of a snapshot. Throws ObjectCorrupt when it is missing or is not what the digest says. */
export async function readSnapshotManifest(store: ObjectStore, digest: string): Promise<SnapshotManifest> {
  const key = `${keys.snapshot(digest)}/manifest.json`;
  const found = await store.get(key);
  if (!found) throw new NightjarError('ObjectCorrupt', `${key} is missing.`);
  if (sha256(found.body) !== digest) throw new NightjarError('ObjectCorrupt', `${key} is not sha256 ${digest}.`);
  return JSON.parse(found.body.toString('utf8')) as SnapshotManifest;
}

/**
 * Brings the files wanted to this machine, keeping them under `<cacheFolder>/<digest>/` for the next who asks.
 * Every file, also a kept one, is held against its digest. Throws ObjectCorrupt.
 */
export async function downloadSnapshot(
  store: ObjectStore,
  digest: string,
  cacheFolder: string,
  wanted: SnapshotFile[] = ['train.parquet', 'test.parquet'],
): Promise<LocalSnapshot> {
  const manifest = await readSnapshotManifest(store, digest);
  const folder = join(cacheFolder, digest);
  await mkdir(folder, { recursive: true });
  for (const file of wanted) {
    const entry = manifest.files.find(({ path }) => path === file);
    if (!entry) throw new NightjarError('ObjectCorrupt', `Snapshot ${digest} lists no ${file}.`);
    await fetchFile(store, `${keys.snapshot(digest)}/${file}`, join(folder, file), entry.sha256);
  }
  await utimes(folder, new Date(), new Date());
  await dropUnused(cacheFolder);
  return { manifest, path: (file) => join(folder, file) };
}

async function fetchFile(store: ObjectStore, key: string, path: string, digest: string): Promise<void> {
  if (await matches(path, digest)) return;
  if (!(await store.getFile(key, path))) throw new NightjarError('ObjectCorrupt', `${key} is missing.`);
  if (await matches(path, digest)) return;
  await rm(path, { force: true });
  throw new NightjarError('ObjectCorrupt', `${key} is not sha256 ${digest}.`);
}

async function matches(path: string, digest: string): Promise<boolean> {
  try {
    return (await fileDigest(path)) === digest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function dropUnused(cacheFolder: string): Promise<void> {
  const oldest = Date.now() - UNUSED_MILLISECONDS;
  for (const entry of await readdir(cacheFolder)) {
    const folder = join(cacheFolder, entry);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: oldest })); // another process may drop it as well
    if (mtimeMs < oldest) await rm(folder, { recursive: true, force: true });
  }
}
