import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureBucket, openStore } from '../../adapters/s3-store.ts';
import { missing, startS3, type S3ForTests } from '../support/engines.ts';
import { behavesLikeAnObjectStore } from '../support/store-behaviour.ts';

describe.skipIf(missing('s3'))('the store on S3', () => {
  let s3: S3ForTests;
  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3.stop());

  behavesLikeAnObjectStore(() => s3.store);

  it('makes a bucket that stands already once only', async () => {
    await ensureBucket(s3.bucket, s3.client);
  });

  it('lists more keys than fit on one page', async () => {
    const keys = Array.from({ length: 1005 }, (_, index) => `pages/${String(index).padStart(5, '0')}`);
    for (let start = 0; start < keys.length; start += 50) await Promise.all(keys.slice(start, start + 50).map((key) => s3.store.put(key, '')));
    const found: string[] = [];
    for await (const { key } of s3.store.list('pages/')) found.push(key);
    expect(found).toEqual(keys);
  });

  it.each([
    ['a wrong secret', { secretAccessKey: 'guessed' }, 'test'],
    ['an unknown key', { accessKeyId: 'nobody' }, 'test'],
    ['a bucket that is not there', {}, 'elsewhere'],
  ])('says StoreDenied for %s', async (_, wrong, bucket) => {
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_ENDPOINT_URL_S3: endpoint = '' } = s3.environment;
    const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey, ...wrong } });
    await expect(openStore(bucket, client).get('any')).rejects.toMatchObject({ name: 'StoreDenied' });
    client.destroy();
  });

  it('keeps what it acknowledged through SIGKILL, and says StoreUnreachable while it is down', async () => {
    await s3.store.put('kept', 'through the crash');
    await s3.kill();
    await expect(s3.store.get('kept')).rejects.toMatchObject({ name: 'StoreUnreachable' });
    await s3.restart();
    // It takes requests a moment before it has found its volumes again.
    await vi.waitFor(async () => expect((await s3.store.get('kept'))?.body.toString()).toBe('through the crash'), { timeout: 20_000 });
  });
});
