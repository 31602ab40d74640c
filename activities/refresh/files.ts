import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { fileDigest } from '../../adapters/file-digest.ts';
import { NightjarError } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import type { Source } from '../../models/sources.ts';
import { globPattern, fixedPart } from './glob.ts';
import type { SourceCache } from './source-cache.ts';

/** A file of a source, on this machine. */
export interface SourceFile {
  /** As the manifest names it: relative to the model's data folder where it lies there. */
  path: string;
  local: string;
  sha256: string;
  bytes: number;
  modified: number;
}

export interface Places {
  model: string;
  /** NIGHTJAR_DATA: a folder or `s3://bucket/prefix`. */
  root: string;
  store: ObjectStore;
  openBucket(bucket: string): ObjectStore;
  cache: SourceCache;
}

/** The files of a source in the order of their paths. Throws SourceMissing when there are none (but events, which may not have happened yet). */
export async function findFiles(source: Source, places: Places): Promise<SourceFile[]> {
  if (source.format === 'events') return findInBucket(places.store, '', keys.events(places.model), /\.jsonl$/, places.cache);
  const base = `${places.root}/${places.model}`;
  const path = isAbsolute(source.path) || source.path.startsWith('s3://') ? source.path : `${base}/${source.path}`;
  const files = path.startsWith('s3://') ? await findInS3(path, places) : await findInFolder(path);
  if (files.length === 0) throw new NightjarError('SourceMissing', `${path} of model ${places.model}.`);
  return files.map((file) => ({ ...file, path: belowOrWhole(base, file.path) })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Throws SourceChanged when a file is not what it was when its digest was taken: a delivery was still under way. */
export async function stillTheSame(files: SourceFile[]): Promise<void> {
  for (const file of files) {
    const now = await stat(file.local).catch(() => null);
    if (!now || now.size !== file.bytes || now.mtimeMs !== file.modified) throw new NightjarError('SourceChanged', file.path);
  }
}

async function findInFolder(path: string): Promise<SourceFile[]> {
  const folder = fixedPart(path);
  const below = path.slice(folder.length);
  const pattern = globPattern(below);
  const entries = await readdir(folder || '.', { recursive: below.includes('/') }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw new NightjarError('SourceUnreadable', `${path}: ${error.code}.`);
  });
  const files: SourceFile[] = [];
  for (const entry of entries) {
    const local = join(folder, entry);
    if (pattern.test(entry) && (await stat(local)).isFile()) files.push(await describe(local, local));
  }
  return files;
}

function findInS3(url: string, places: Places): Promise<SourceFile[]> {
  const [, bucket, path] = /^s3:\/\/([^/]+)\/(.*)$/.exec(url) ?? [];
  if (!bucket || !path) throw new NightjarError('InvalidDefinition', `${url}: expected s3://bucket/prefix.`);
  return findInBucket(places.openBucket(bucket), `s3://${bucket}/`, fixedPart(path), globPattern(path), places.cache);
}

async function findInBucket(store: ObjectStore, origin: string, prefix: string, pattern: RegExp, cache: SourceCache): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const { key } of store.list(prefix)) if (pattern.test(key)) files.push(await describe(`${origin}${key}`, await cache.bring(store, origin, key)));
  return files;
}

async function describe(path: string, local: string): Promise<SourceFile> {
  try {
    const { size, mtimeMs } = await stat(local);
    return { path, local, bytes: size, modified: mtimeMs, sha256: await fileDigest(local) };
  } catch (error) {
    throw new NightjarError('SourceUnreadable', `${path}: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

const belowOrWhole = (base: string, path: string): string => {
  if (path.startsWith('s3://')) return path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path;
  const below = relative(base, path);
  return below.startsWith('..') || base.startsWith('s3://') ? path : below;
};
