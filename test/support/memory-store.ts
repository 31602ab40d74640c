import { readFile, writeFile } from 'node:fs/promises';
import { sha256 } from '../../adapters/objects.ts';
import type { ObjectStore } from '../../contracts/store.ts';

/** An ObjectStore in memory with the same conditional-write behaviour; adapters/s3-store is held to the same test against a real server. */
export function memoryStore(): ObjectStore & { objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const etag = (body: Buffer) => `"${sha256(body)}"`;
  return {
    objects,
    get: async (key) => (objects.has(key) ? { body: objects.get(key)!, etag: etag(objects.get(key)!) } : null),
    head: async (key) => (objects.has(key) ? { bytes: objects.get(key)!.length, etag: etag(objects.get(key)!) } : null),
    put: async (key, body) => void objects.set(key, Buffer.from(body)),
    create: async (key, body) => !objects.has(key) && Boolean(objects.set(key, Buffer.from(body))),
    replace: async (key, body, tag) => objects.has(key) && etag(objects.get(key)!) === tag && Boolean(objects.set(key, Buffer.from(body))),
    remove: async (key) => void objects.delete(key),
    async *list(prefix, after = '') {
      for (const key of [...objects.keys()].sort()) if (key.startsWith(prefix) && key > after) yield { key, bytes: objects.get(key)!.length };
    },
    putFile: async (key, path) => void objects.set(key, await readFile(path)),
    getFile: async (key, path) => objects.has(key) && (await writeFile(path, objects.get(key)!), true),
  };
}
