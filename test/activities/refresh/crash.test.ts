import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../adapters/package-root.ts';
import { readJson } from '../../../adapters/objects.ts';
import { downloadSnapshot } from '../../../adapters/snapshots.ts';
import { keys } from '../../../contracts/ids.ts';
import type { SnapshotRef } from '../../../contracts/snapshot.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { missing, startS3, type S3ForTests } from '../../support/engines.ts';
import { HEADER, openShop, orderLines, type Shop } from './shop.ts';

async function refreshed(shop: Shop, run: string): Promise<SnapshotRef> {
  const result = await shop.refresh(run);
  if (result.kind !== 'new') throw new Error(result.kind);
  return result.snapshot;
}

/** Every call that writes, by number: the crash comes instead of the n-th. */
function crashingAt(store: ObjectStore, step: number): ObjectStore {
  let writes = 0;
  const guarded =
    <A extends unknown[], R>(write: (...parameters: A) => Promise<R>) =>
    (...parameters: A): Promise<R> =>
      ++writes === step ? Promise.reject(new Error('crash')) : write(...parameters);
  return { ...store, put: guarded(store.put), putFile: guarded(store.putFile), create: guarded(store.create), replace: guarded(store.replace) };
}

describe('between any two writes', () => {
  it('a crash leaves the last good snapshot the latest, and the repeat ends as if nothing had happened', async () => {
    for (let step = 1; step <= 6; step++) {
      const store = memoryStore();
      const shop = await openShop({ store });
      await shop.deliver('orders/day-1.csv', [HEADER, ...orderLines(0, 100)]);
      const good = await refreshed(shop, 'good');
      await shop.deliver('orders/day-2.csv', [HEADER, ...orderLines(100, 200)]);

      const dying = await openShop({ store: crashingAt(store, step), settings: { NIGHTJAR_HOME: shop.home, NIGHTJAR_DATA: shop.data } });
      await expect(dying.refresh('bad')).rejects.toThrow('crash');
      expect(await readJson(store, keys.latestSnapshot('returns'))).toEqual(good);
      await downloadSnapshot(store, good.digest, join(shop.home, 'cache'));

      const next = await refreshed(shop, 'bad');
      expect(next).toMatchObject({ trainRows: 160, testRows: 40 });
      expect(await readJson(store, keys.latestSnapshot('returns'))).toEqual(next);
      await downloadSnapshot(store, next.digest, join(shop.home, 'cache'));
      await dying.close();
      await shop.close();
    }
  });
});

describe.skipIf(missing('s3'))('SIGKILL in the middle, on a real S3 server', () => {
  let s3: S3ForTests;
  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3.stop());

  it('leaves the last good snapshot; the repeat cleans up and gives the same digest as an undisturbed run', async () => {
    const shop = await openShop({ store: s3.store });
    await shop.deliver('orders/day-1.csv', [HEADER, ...orderLines(0, 100)]);
    const good = await refreshed(shop, 'good');
    await shop.deliver('orders/day-2.csv', [HEADER, ...orderLines(100, 50_000)]);

    for (const point of ['database', 'train.parquet', 'statistics.json', 'upload']) {
      await killedAt(shop, point);
      expect(await readdir(join(shop.home, 'refresh', 'returns')), point).toHaveLength(1);
      expect(await readJson(s3.store, keys.latestSnapshot('returns')), point).toEqual(good);
      await downloadSnapshot(s3.store, good.digest, join(shop.home, 'cache'));
    }
    const next = await refreshed(shop, 'next');
    expect(await readdir(join(shop.home, 'refresh', 'returns'))).toEqual([]);
    await downloadSnapshot(s3.store, next.digest, join(shop.home, 'cache'));

    const undisturbed = await openShop();
    await undisturbed.deliver('orders/day-1.csv', [HEADER, ...orderLines(0, 100)]);
    await undisturbed.deliver('orders/day-2.csv', [HEADER, ...orderLines(100, 50_000)]);
    expect(await refreshed(undisturbed, 'run')).toEqual(next);
    await undisturbed.close();
    await shop.close();
  });

  /** Runs a refresh in a process of its own and kills it when the point's file stands in its workspace (or its first upload begins). */
  async function killedAt(shop: Shop, point: string): Promise<void> {
    const child = spawn(process.execPath, [await refreshProgram(), JSON.stringify({ home: shop.home, data: shop.data, point })], {
      env: { ...process.env, ...s3.environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal, `ended by itself before ${point}`).toBe('SIGKILL');
  }
});

let program: Promise<string> | undefined;
const refreshProgram = (): Promise<string> => (program ??= bundle());

async function bundle(): Promise<string> {
  const folder = join(packageRoot(), '.cache', 'test');
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, 'refresh-and-die.mjs');
  await build({
    entryPoints: [join(packageRoot(), 'test/activities/refresh/refresh-and-die.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  return outfile;
}
