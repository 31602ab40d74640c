import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choosePorts } from '../../../adapters/engines/ports.ts';
import { end } from '../../../adapters/engines/processes.ts';
import { S3_PORTS, s3Credentials, startS3Server } from '../../../adapters/engines/s3-server.ts';
import { startTemporalServer, TEMPORAL_PORTS } from '../../../adapters/engines/temporal-server.ts';
import { ensureBucket, openStore } from '../../../adapters/s3-store.ts';
import { SEARCH_ATTRIBUTES } from '../../../contracts/search-attributes.ts';
import { missing } from '../../support/engines.ts';
import { listeningAddresses, LOOPBACK } from '../../support/listening.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-servers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(missing('temporal'))('the Temporal server', () => {
  it('listens on loopback only, knows the search attributes, and keeps what it holds through SIGKILL', async () => {
    const ports = await choosePorts(TEMPORAL_PORTS);
    const start = () => startTemporalServer({ folder: join(folder, 'temporal'), ports, log: join(folder, 'temporal.log'), environment: process.env });
    const first = await start();
    expect(new Set(listeningAddresses(first.process.identity.pid))).toEqual(new Set([LOOPBACK]));
    expect((await fetch(first.uiUrl)).status).toBe(200);

    const connection = await Connection.connect({ address: first.address });
    const client = new Client({ connection });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(SEARCH_ATTRIBUTES.map(({ name }) => name)));
    await client.workflow.start('waits', { taskQueue: 'nobody', workflowId: 'kept' });

    await end(first.process.identity, 0);
    const second = await start();
    expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
    await connection.close();
    await end(second.process.identity, 10_000);
  });

  it('says why it does not start', async () => {
    const ports = await choosePorts(TEMPORAL_PORTS);
    const database = join(folder, 'no-folder');
    execFileSync('mkdir', ['-p', join(database, 'temporal.db')]); // a folder where its file should be
    const start = startTemporalServer({ folder: database, ports, log: join(folder, 'broken.log'), environment: process.env });
    await expect(start).rejects.toMatchObject({ name: 'EngineFailed', message: expect.stringContaining('broken.log') });
  });
});

describe.skipIf(missing('s3'))('the S3 server', () => {
  it('listens on loopback only and takes nobody without the credentials', async () => {
    const ports = await choosePorts(S3_PORTS);
    const credentials = s3Credentials(join(folder, 'credentials.json'));
    const server = await startS3Server({ folder: join(folder, 's3'), ports, credentials, log: join(folder, 's3.log'), environment: process.env });
    expect(new Set(listeningAddresses(server.process.identity.pid))).toEqual(new Set([LOOPBACK]));
    expect((await fetch(`${server.endpoint}/`)).status).toBe(403);
    const guess = new S3Client({
      region: 'us-east-1',
      endpoint: server.endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' },
    });
    await expect(guess.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    guess.destroy();
    await end(server.process.identity, 10_000);
  });

  it('finds its objects again on other ports', async () => {
    const credentials = s3Credentials(join(folder, 'credentials.json'));
    for (const [body, expected] of [
      ['first', null],
      ['second', 'first'],
    ] as const) {
      const ports = await choosePorts(S3_PORTS);
      const server = await startS3Server({ folder: join(folder, 'moved'), ports, credentials, log: join(folder, 'moved.log'), environment: process.env });
      const client = new S3Client({ region: 'us-east-1', endpoint: server.endpoint, forcePathStyle: true, credentials });
      await ensureBucket('bucket', client);
      const store = openStore('bucket', client);
      expect((await store.get('key'))?.body.toString() ?? null).toBe(expected);
      await store.put('key', body);
      client.destroy();
      await end(server.process.identity, 10_000);
    }
  });

  it('has credentials that only their owner reads and that differ from stack to stack', () => {
    const path = join(folder, 'credentials.json');
    expect(s3Credentials(path)).toEqual(s3Credentials(path));
    expect(s3Credentials(join(folder, 'other.json')).secretAccessKey).not.toBe(s3Credentials(path).secretAccessKey);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
