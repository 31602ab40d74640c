import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { choosePorts } from '../../adapters/engines/ports.ts';
import { end } from '../../adapters/engines/processes.ts';
import { findEngine, type EngineName } from '../../adapters/engines/locate.ts';
import { S3_PORTS, s3Credentials, startS3Server } from '../../adapters/engines/s3-server.ts';
import { startTemporalServer, TEMPORAL_PORTS } from '../../adapters/engines/temporal-server.ts';
import { ensureBucket, openStore } from '../../adapters/s3-store.ts';
import type { ObjectStore } from '../../contracts/store.ts';

/** Why a suite that needs an engine cannot run, or false: `describe.skipIf(missing('s3'))`. Says it once. */
export function missing(name: EngineName): boolean {
  if (findEngine(name)?.path) return false;
  process.stderr.write(`skipped: the engine '${name}' is missing; \`node scripts/bootstrap.mjs --test\` gets it\n`);
  return true;
}

export interface S3ForTests {
  store: ObjectStore;
  bucket: string;
  client: S3Client;
  /** Variables for a process that uses this server. */
  environment: Record<string, string>;
  /** SIGKILL. */
  kill: () => Promise<void>;
  /** Starts it again on the same data and ports. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

/** A real S3 server with an empty bucket in a temporary folder. */
export async function startS3(bucket = 'test'): Promise<S3ForTests> {
  const folder = mkdtempSync(join(tmpdir(), 'nightjar-s3-'));
  const ports = await choosePorts(S3_PORTS);
  const credentials = s3Credentials(join(folder, 'credentials.json'));
  const start = () => startS3Server({ folder: join(folder, 'data'), ports, credentials, log: join(folder, 's3.log'), environment: process.env });
  let server = await start();
  const client = new S3Client({ region: 'us-east-1', endpoint: server.endpoint, credentials, forcePathStyle: true });
  await ensureBucket(bucket, client);
  return {
    store: openStore(bucket, client),
    bucket,
    client,
    environment: {
      AWS_ENDPOINT_URL_S3: server.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: 'us-east-1',
      NIGHTJAR_BUCKET: bucket,
    },
    kill: () => end(server.process.identity, 0),
    restart: async () => {
      server = await start();
    },
    stop: async () => {
      client.destroy();
      await end(server.process.identity, 10_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface TemporalForTests {
  address: string;
  /** SIGKILL. */
  kill: () => Promise<void>;
  /** Starts it again on the same database and ports. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

/** A real Temporal server with the project's search attributes and a database file in a temporary folder. */
export async function startTemporal(): Promise<TemporalForTests> {
  const folder = mkdtempSync(join(tmpdir(), 'nightjar-temporal-'));
  const ports = await choosePorts(TEMPORAL_PORTS);
  const start = () => startTemporalServer({ folder, ports, log: join(folder, 'temporal.log'), environment: process.env });
  let server = await start();
  return {
    address: server.address,
    kill: () => end(server.process.identity, 0),
    restart: async () => {
      server = await start();
    },
    stop: async () => {
      await end(server.process.identity, 10_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
