import { bundleManifest, type BundleManifest } from '../contracts/bundle.ts';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import type { ObjectStore } from '../contracts/store.ts';
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
  const body = await readFile(store, digest, MANIFEST, digest);
  const parsed = bundleManifest.safeParse(JSON.parse(body.toString('utf8')));
  if (!parsed.success) throw new NightjarError('BundleRefused', `${bundleFileKey(digest, MANIFEST)}: ${parsed.error.issues[0]!.message}.`);
  const contents = await Promise.all(parsed.data.files.map((file) => readFile(store, digest, file.path, file.sha256)));
  return { manifest: parsed.data, files: Object.fromEntries(parsed.data.files.map((file, i) => [file.path, contents[i]!])) };
}

async function readFile(store: ObjectStore, digest: string, path: string, expected: string): Promise<Buffer> {
  const key = bundleFileKey(digest, path);
  const found = await store.get(key);
  if (!found) throw new NightjarError('BundleRefused', `${key} is missing.`);
  if (sha256(found.body) !== expected) throw new NightjarError('BundleRefused', `${key} is not sha256 ${expected}.`);
  return found.body;
}
