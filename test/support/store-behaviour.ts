import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { getRef, putRef, updateJson } from '../../adapters/objects.ts';
import type { ObjectStore } from '../../contracts/store.ts';

/** What every ObjectStore must do; the one in memory and the one on S3 are held to the same. */
export function behavesLikeAnObjectStore(open: () => ObjectStore): void {
  let store: ObjectStore;
  beforeAll(() => {
    store = open();
  });
  const keysOf = async (prefix: string, after?: string) => {
    const found: string[] = [];
    for await (const { key } of store.list(prefix, after)) found.push(key);
    return found;
  };

  it('gives null for what does not exist', async () => {
    expect(await store.get('none')).toBeNull();
    expect(await store.head('none')).toBeNull();
    expect(await store.getFile('none', '/nowhere/file')).toBe(false);
    await store.remove('none');
  });

  it('gives back the bytes that were put, and removes them', async () => {
    const body = Buffer.from([0, 1, 2, 255]);
    await store.put('bytes', body);
    expect((await store.get('bytes'))?.body).toEqual(body);
    expect(await store.head('bytes')).toEqual({ bytes: 4, etag: (await store.get('bytes'))?.etag });
    await store.put('bytes', '');
    expect((await store.get('bytes'))?.body).toHaveLength(0);
    await store.remove('bytes');
    expect(await store.get('bytes')).toBeNull();
  });

  describe('conditional writes', () => {
    it('creates only where nothing stands', async () => {
      expect(await store.create('once', 'first')).toBe(true);
      expect(await store.create('once', 'second')).toBe(false);
      expect((await store.get('once'))?.body.toString()).toBe('first');
    });

    it('replaces only the version named', async () => {
      await store.put('record', 'one');
      const { etag } = (await store.get('record'))!;
      expect(await store.replace('record', 'two', etag)).toBe(true);
      expect(await store.replace('record', 'three', etag)).toBe(false);
      expect(await store.replace('nothing-there', 'x', etag)).toBe(false);
      expect((await store.get('record'))?.body.toString()).toBe('two');
    });

    it('lets exactly one of many creators win', async () => {
      const won = await Promise.all(['a', 'b', 'c', 'd'].map((body) => store.create('race', body)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.get('race'))?.body.toString()).toBe(['a', 'b', 'c', 'd'][won.indexOf(true)]);
    });

    it('loses no update of a record that several change at once', async () => {
      const add = () => updateJson<{ count: number }>(store, 'counter', (current) => ({ count: (current?.count ?? 0) + 1 }));
      await Promise.all([add(), add(), add()]);
      expect(JSON.parse((await store.get('counter'))!.body.toString())).toEqual({ count: 3 });
    });
  });

  it('lists by prefix in ascending order, and after a key', async () => {
    for (const key of ['list/b', 'list/a/2', 'list/a/1', 'listing']) await store.put(key, key);
    expect(await keysOf('list/')).toEqual(['list/a/1', 'list/a/2', 'list/b']);
    expect(await keysOf('list/', 'list/a/1')).toEqual(['list/a/2', 'list/b']);
    expect(await keysOf('none/')).toEqual([]);
  });

  it('moves files up and down whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nightjar-store-'));
    const body = Buffer.alloc(5_000_000, 'nightjar');
    await writeFile(join(folder, 'up'), body);
    await store.putFile('file', join(folder, 'up'));
    expect(await store.getFile('file', join(folder, 'down'))).toBe(true);
    expect((await readFile(join(folder, 'down'))).equals(body)).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('vouches for content by digest', async () => {
    const ref = await putRef(store, (digest) => `content/${digest}`, 'hello');
    expect((await getRef(store, ref)).toString()).toBe('hello');
    await store.put(ref.key, 'tampered');
    await expect(getRef(store, ref)).rejects.toMatchObject({ name: 'ObjectCorrupt' });
  });
}
