import { bundleManifest, type BundleManifest } from '../contracts/bundle.ts';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { crashPoint } from './crash-points.ts';
import { sha256 } from './objects.ts';

export interface Bundle {
  manifest: BundleManifest;
  /** The manifest's files by path. */
  files: Record<string, Buffer>;
}

export const MANIFEST = 'manifest.json';
export const bundleFileKey = (digest: string, path: string): string => `${keys.bundle(digest)}/${path}`;

/** Reads a bundle and checks every byte against its digest. Throws BundleRefused when anything is missing or differs. */
export async function readBundle(store: ObjectStore, digest: string): Promise<Bundle> {
  const manifest = await readManifest(store, digest);
  const contents = await Promise.all(manifest.files.map((file) => readFile(store, digest, file.path, file.sha256)));
  return { manifest, files: Object.fromEntries(manifest.files.map((file, i) => [file.path, contents[i]!])) };
}

/** Reads one JSON file of a bundle, checked like the whole. Throws BundleRefused. */
export async function readBundleJson<T>(store: ObjectStore, digest: string, path: string): Promise<T> {
  const file = (await readManifest(store, digest)).files.find((listed) => listed.path === path);
  if (!file) throw new NightjarError('BundleRefused', `${bundleFileKey(digest, path)} is not in the manifest.`);
  return JSON.parse((await readFile(store, digest, path, file.sha256)).toString('utf8')) as T;
}

async function readManifest(store: ObjectStore, digest: string): Promise<BundleManifest> {
  const body = await readFile(store, digest, MANIFEST, digest);
  const parsed = bundleManifest.safeParse(JSON.parse(body.toString('utf8')));
  if (!parsed.success) throw new NightjarError('BundleRefused', `${bundleFileKey(digest, MANIFEST)}: ${parsed.error.issues[0]!.message}.`);
  return parsed.data;
}

async function readFile(store: ObjectStore, digest: string, path: string, expected: string): Promise<Buffer> {
  const key = bundleFileKey(digest, path);
  const found = await store.get(key);
  if (!found) throw new NightjarError('BundleRefused', `${key} is missing.`);
  if (sha256(found.body) !== expected) throw new NightjarError('BundleRefused', `${key} is not sha256 ${expected}.`);
  return found.body;
}

/**
 * Writes a bundle: files first, the manifest last, so that a bundle is whole or is none. The same content is the same digest and the same
 * objects, however often it is written.
 */
export async function writeBundle(
  store: ObjectStore,
  about: Omit<BundleManifest, 'files'>,
  files: Record<string, Buffer>,
): Promise<{ digest: string; bytes: number }> {
  const paths = Object.keys(files).sort();
  const manifest: BundleManifest = { ...about, files: paths.map((path) => ({ path, sha256: sha256(files[path]!), bytes: files[path]!.length })) };
  const body = JSON.stringify(manifest);
  const digest = sha256(body);
  for (const path of paths) {
    await store.put(bundleFileKey(digest, path), files[path]!);
    crashPoint('bundle-between-files');
  }
  await store.put(bundleFileKey(digest, MANIFEST), body);
  crashPoint('bundle-after-manifest');
  return { digest, bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, Buffer.byteLength(body)) };
}
