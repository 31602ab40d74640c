import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { NightjarError } from '../contracts/errors.ts';
import type { ObjectStore } from '../contracts/store.ts';

/** An ObjectStore on S3, configured by the ecosystem's own variables (AWS_*, AWS_ENDPOINT_URL_S3). */
export function openStore(bucket: string, client = s3Client()): ObjectStore {
  const ask = async <T>(key: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw translate(error, bucket, key);
    }
  };
  const write = (key: string, body: Buffer | string, conditions: { IfMatch?: string; IfNoneMatch?: string }, contentType?: string) =>
    ask(key, async () => {
      try {
        await client.send(
          new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: Buffer.byteLength(body), ContentType: contentType, ...conditions }),
        );
        return true;
      } catch (error) {
        // 412: the condition does not hold; 409: S3 saw a concurrent conditional write; 404: If-Match on nothing.
        if (error instanceof S3ServiceException && (conditions.IfMatch || conditions.IfNoneMatch) && [404, 409, 412].includes(status(error))) return false;
        throw error;
      }
    });

  return {
    get: (key) =>
      ask(key, () =>
        orNull(async () => {
          const found = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
          return { body: Buffer.from(await found.Body!.transformToByteArray()), etag: found.ETag! };
        }),
      ),
    head: (key) =>
      ask(key, () =>
        orNull(async () => {
          const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
          return { bytes: found.ContentLength ?? 0, etag: found.ETag! };
        }),
      ),
    put: async (key, body, contentType) => void (await write(key, body, {}, contentType)),
    create: (key, body) => write(key, body, { IfNoneMatch: '*' }),
    replace: (key, body, etag) => write(key, body, { IfMatch: etag }),
    remove: (key) => ask(key, async () => void (await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })))),
    async *list(prefix, after) {
      let token: string | undefined;
      do {
        const page = await ask(prefix, () =>
          client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: after, ContinuationToken: token })),
        );
        for (const item of page.Contents ?? []) yield { key: item.Key!, bytes: item.Size ?? 0 };
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token);
    },
    putFile: (key, path) =>
      ask(key, async () => {
        const { size } = await stat(path);
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: createReadStream(path), ContentLength: size }));
      }),
    getFile: (key, path) =>
      ask(key, async () => {
        const found = await orNull(() => client.send(new GetObjectCommand({ Bucket: bucket, Key: key })));
        if (!found) return false;
        await mkdir(dirname(path), { recursive: true });
        const partial = `${path}.${randomUUID()}.partial`;
        try {
          await pipeline(found.Body as Readable, createWriteStream(partial));
          await rename(partial, path); // a reader sees the whole file or none
        } finally {
          await rm(partial, { force: true });
        }
        return true;
      }),
  };
}

/** Makes the bucket unless it stands. */
export async function ensureBucket(bucket: string, client = s3Client()): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes((error as Error).name)) throw translate(error, bucket, '');
  }
}

/** Path-style, so that any S3 server on any address works; conditional writes wait on a lock under contention, hence the long time-out. */
export const s3Client = (): S3Client =>
  new S3Client({
    region: process.env.AWS_REGION ?? 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 4,
    requestHandler: { requestTimeout: 30_000, connectionTimeout: 5_000 },
  });

const status = (error: S3ServiceException): number => error.$metadata.httpStatusCode ?? 0;

async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof S3ServiceException && ['NoSuchKey', 'NotFound'].includes(error.name)) return null;
    throw error;
  }
}

function translate(error: unknown, bucket: string, key: string): Error {
  if (error instanceof NightjarError) return error;
  const where = `s3://${bucket}/${key}: ${(error as Error).name} ${(error as Error).message}.`;
  const refused = error instanceof S3ServiceException && ([401, 403].includes(status(error)) || error.name === 'NoSuchBucket');
  if (refused) return new NightjarError('StoreDenied', where, { cause: error });
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return new NightjarError('DiskFull', where, { cause: error });
  return new NightjarError('StoreUnreachable', where, { cause: error });
}
