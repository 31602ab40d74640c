import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureBucket, openStore } from '../../../adapters/s3-store.ts';
import { failureType } from '../../../contracts/errors.ts';
import { keys } from '../../../contracts/ids.ts';
import { readJson } from '../../../adapters/objects.ts';
import type { SnapshotManifest } from '../../../contracts/snapshot.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import { missing, startS3, type S3ForTests } from '../../support/engines.ts';
import { HEADER, openShop, orderLines, type Shop } from './shop.ts';

describe.skipIf(missing('s3'))('sources in S3', () => {
  let s3: S3ForTests;
  let raw: ObjectStore;
  let fetched: string[];
  let shop: Shop;
  beforeAll(async () => {
    s3 = await startS3();
    await ensureBucket('deliveries', s3.client);
  });
  afterAll(() => s3.stop());
  beforeEach(async () => {
    raw = openStore('deliveries', s3.client);
    fetched = [];
    shop = await open((bucket) => openStore(bucket, s3.client));
  });
  afterEach(() => shop.close());

  const open = async (openBucket: (bucket: string) => ObjectStore): Promise<Shop> => {
    const watched = (bucket: string): ObjectStore => {
      const store = openBucket(bucket);
      return { ...store, getFile: (key, path) => (fetched.push(key), store.getFile(key, path)) };
    };
    const folder = await openShop();
    const opened = await openShop({ store: s3.store, openBucket: watched, settings: { NIGHTJAR_HOME: folder.home, NIGHTJAR_DATA: 's3://deliveries/raw' } });
    return { ...opened, home: folder.home, close: () => Promise.all([folder.close(), opened.close()]).then(() => undefined) };
  };

  it('are fetched once, named in the manifest as delivered, and cached by entity tag', async () => {
    await raw.put('raw/returns/orders/day-1.csv', [HEADER, ...orderLines(0, 100)].join('\n'));
    await raw.put('raw/returns/orders/old/day-0.csv', 'a `*` does not look into folders');
    const first = await shop.refresh();
    if (first.kind !== 'new') throw new Error(first.kind);
    expect(first.snapshot).toMatchObject({ trainRows: 80, testRows: 20 });
    const manifest = await readJson<SnapshotManifest>(s3.store, `${keys.snapshot(first.snapshot.digest)}/manifest.json`);
    expect(manifest!.sources[0]!.files.map(({ path }) => path)).toEqual(['orders/day-1.csv']);

    await shop.tried(first.snapshot.digest);
    expect(await shop.refresh()).toMatchObject({ kind: 'unchanged' });
    expect(fetched).toEqual(['raw/returns/orders/day-1.csv']);

    await raw.put('raw/returns/orders/day-1.csv', [HEADER, ...orderLines(0, 110)].join('\n'));
    expect(await shop.refresh()).toMatchObject({ kind: 'new', snapshot: { trainRows: 88, testRows: 22 } });
    expect(await readdir(join(shop.home, 'cache', 'sources', 'returns'))).toHaveLength(1);
  });

  it('that cannot be reached or are refused are failures, told apart', async () => {
    const elsewhere = await open(() => openStore('no-such-bucket', s3.client));
    await expect(elsewhere.refresh().catch(failureType)).resolves.toBe('StoreDenied');
    await elsewhere.close();
    await s3.kill();
    await expect(shop.refresh().catch(failureType)).resolves.toBe('StoreUnreachable');
    await s3.restart();
  });
});
