import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../adapters/objects.ts';
import { downloadSnapshot, readSnapshotManifest } from '../../adapters/snapshots.ts';
import { failureType } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import { memoryStore } from '../support/memory-store.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'nightjar-snapshots-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

async function storeSnapshot(content = 'train') {
  const store = memoryStore();
  const files = [
    { path: 'train.parquet', body: content },
    { path: 'test.parquet', body: 'test' },
  ];
  const manifest = JSON.stringify({ format: 1, files: files.map(({ path, body }) => ({ path, sha256: sha256(body), bytes: body.length })) });
  const digest = sha256(manifest);
  for (const { path, body } of files) await store.put(`${keys.snapshot(digest)}/${path}`, body);
  await store.put(`${keys.snapshot(digest)}/manifest.json`, manifest);
  return { store, digest };
}

it('fetches what is wanted once, and again what was damaged on this machine', async () => {
  const { store, digest } = await storeSnapshot();
  const fetched: string[] = [];
  const watched = { ...store, getFile: (key: string, path: string) => (fetched.push(key.split('/').at(-1)!), store.getFile(key, path)) };
  await downloadSnapshot(watched, digest, cache, ['test.parquet']);
  const { path } = await downloadSnapshot(watched, digest, cache);
  await writeFile(path('train.parquet'), 'torn');
  await downloadSnapshot(watched, digest, cache);
  expect(fetched).toEqual(['test.parquet', 'train.parquet', 'train.parquet']);
});

it('refuses a file, a manifest or a digest that does not fit', async () => {
  const { store, digest } = await storeSnapshot();
  const failure = (promise: Promise<unknown>) => promise.catch(failureType);
  expect(await failure(readSnapshotManifest(store, '0'.repeat(64)))).toBe('ObjectCorrupt');
  await store.put(`${keys.snapshot(digest)}/train.parquet`, 'other');
  expect(await failure(downloadSnapshot(store, digest, cache))).toBe('ObjectCorrupt');
  expect(await readdir(join(cache, digest))).toEqual([]);
  await store.remove(`${keys.snapshot(digest)}/train.parquet`);
  expect(await failure(downloadSnapshot(store, digest, cache))).toBe('ObjectCorrupt');
  await store.put(`${keys.snapshot(digest)}/manifest.json`, '{}');
  expect(await failure(downloadSnapshot(store, digest, cache))).toBe('ObjectCorrupt');
});

it('drops what nobody asked for in three days', async () => {
  const [old, now] = [await storeSnapshot(), await storeSnapshot('newer')];
  await downloadSnapshot(old.store, old.digest, cache);
  const fourDaysAgo = new Date(Date.now() - 4 * 24 * 3600 * 1000);
  await utimes(join(cache, old.digest), fourDaysAgo, fourDaysAgo);
  await downloadSnapshot(now.store, now.digest, cache);
  expect(await readdir(cache)).toEqual([now.digest]);
});
