import { createHash } from 'node:crypto';
import { NightjarError } from '../contracts/errors.ts';
import type { ObjectStore, Ref } from '../contracts/store.ts';

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** Stores bytes under a key that may contain their digest; the same content twice is the same object. */
export async function putRef(store: ObjectStore, key: string | ((sha256: string) => string), body: Buffer | string): Promise<Ref> {
  const digest = sha256(body);
  const at = typeof key === 'string' ? key : key(digest);
  await store.put(at, body);
  return { key: at, sha256: digest, bytes: Buffer.byteLength(body) };
}

/** Reads what a Ref names. Throws ObjectCorrupt when it is missing or its digest differs. */
export async function getRef(store: ObjectStore, ref: Ref): Promise<Buffer> {
  const found = await store.get(ref.key);
  if (!found) throw new NightjarError('ObjectCorrupt', `${ref.key} is missing.`);
  if (sha256(found.body) !== ref.sha256) throw new NightjarError('ObjectCorrupt', `${ref.key} is not sha256 ${ref.sha256}.`);
  return found.body;
}

export async function readJson<T>(store: ObjectStore, key: string): Promise<T | null> {
  const found = await store.get(key);
  return found ? (JSON.parse(found.body.toString('utf8')) as T) : null;
}

export const writeJson = (store: ObjectStore, key: string, value: unknown): Promise<void> => store.put(key, JSON.stringify(value), 'application/json');

/**
 * Changes a JSON record by compare-and-set: reads, asks `change` for the next value (null = leave it), writes only if nobody wrote meanwhile.
 * Throws Conflict after ten lost races; whatever `change` throws passes through.
 */
export async function updateJson<T>(store: ObjectStore, key: string, change: (current: T | null) => T | null): Promise<T | null> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const found = await store.get(key);
    const current = found ? (JSON.parse(found.body.toString('utf8')) as T) : null;
    const next = change(current);
    if (next === null) return current;
    const body = JSON.stringify(next);
    if (found ? await store.replace(key, body, found.etag) : await store.create(key, body)) return next;
  }
  throw new NightjarError('Conflict', `${key} changed under ten attempts.`);
}
