import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, updateJson, writeJson } from '../../adapters/objects.ts';
import { readSnapshotManifest } from '../../adapters/snapshots.ts';
import { failureType } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import type { Anomaly, SnapshotManifest, SnapshotRef } from '../../contracts/snapshot.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import type { SourceFile } from './files.ts';
import type { WrittenSnapshot } from './write.ts';

/** A quarantined file up to this size is kept with the report; a larger one is named there by path and digest. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** The model's latest snapshot; null before the first, and when it is damaged, so that the next one takes its place. */
export async function latestSnapshot(store: ObjectStore, model: string): Promise<{ ref: SnapshotRef; manifest: SnapshotManifest } | null> {
  const ref = await readJson<SnapshotRef>(store, keys.latestSnapshot(model));
  if (!ref) return null;
  try {
    const manifest = await readSnapshotManifest(store, ref.digest);
    const sizes = await Promise.all(manifest.files.map(({ path }) => store.head(`${keys.snapshot(ref.digest)}/${path}`)));
    return sizes.every((head, i) => head?.bytes === manifest.files[i]!.bytes) ? { ref, manifest } : null;
  } catch (error) {
    if (failureType(error) === 'ObjectCorrupt') return null;
    throw error;
  }
}

/** The digest of the snapshot whose version was last judged, or null. */
export async function lastTried(store: ObjectStore, model: string): Promise<string | null> {
  return (await readJson<{ snapshot: string }>(store, keys.lastTried(model)))?.snapshot ?? null;
}

/** Stores the snapshot and makes it the latest. Until the last step nothing that anyone reads has changed. */
export async function publish(store: ObjectStore, { digest, manifest, manifestText, folder }: WrittenSnapshot): Promise<SnapshotRef> {
  const key = (path: string) => `${keys.snapshot(digest)}/${path}`;
  const ref: SnapshotRef = { digest, trainRows: manifest.trainRows, testRows: manifest.testRows };
  for (const { path } of manifest.files) await store.putFile(key(path), join(folder, path));
  // The manifest comes last: where it stands, every file it names stands too.
  await store.put(key('manifest.json'), manifestText, 'application/json');
  await updateJson<SnapshotRef>(store, keys.latestSnapshot(manifest.model), () => ref);
  return ref;
}

/** Keeps a bad batch and what is wrong with it for a person to look at. Answers the report's key. */
export async function quarantine(
  store: ObjectStore,
  model: string,
  run: string,
  sources: { name: string; files: SourceFile[] }[],
  anomalies: Anomaly[],
): Promise<string> {
  const folder = keys.quarantine(model, run);
  const files = [];
  for (const { name, files: ofSource } of sources)
    for (const { path, local, sha256, bytes } of ofSource) {
      const kept = bytes <= KEPT_BYTES ? `${folder}/files/${sha256}` : null;
      if (kept) await store.put(kept, await readFile(local));
      files.push({ source: name, path, sha256, bytes, kept });
    }
  const report = `${folder}/report.json`;
  await writeJson(store, report, { model, run, anomalies, files });
  return report;
}
