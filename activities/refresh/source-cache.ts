import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../adapters/objects.ts';
import { NightjarError } from '../../contracts/errors.ts';
import type { ObjectStore } from '../../contracts/store.ts';

/** Objects of S3 sources on this machine, by entity tag: what did not change is not fetched again. */
export interface SourceCache {
  bring(store: ObjectStore, origin: string, key: string): Promise<string>;
  /** Removes what this refresh did not ask for. */
  dropOthers(): Promise<void>;
}

export async function openSourceCache(home: string, model: string): Promise<SourceCache> {
  const folder = join(home, 'cache', 'sources', model);
  await mkdir(folder, { recursive: true });
  const asked = new Set<string>();
  return {
    async bring(store, origin, key) {
      const head = await store.head(key);
      if (!head) throw new NightjarError('SourceChanged', `${origin}${key}`);
      const name = sha256(`${origin}${key}\n${head.etag}`);
      const path = join(folder, name);
      asked.add(name);
      const kept = await stat(path).catch(() => null);
      if (kept?.size !== head.bytes && !(await store.getFile(key, path))) throw new NightjarError('SourceChanged', `${origin}${key}`);
      return path;
    },
    async dropOthers() {
      for (const name of await readdir(folder)) if (!asked.has(name)) await rm(join(folder, name), { force: true });
    },
  };
}
