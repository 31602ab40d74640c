import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { ListBucketsCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { NightjarError } from '../../contracts/errors.ts';
import { launchReady } from './await-ready.ts';
import { engineProgram } from './locate.ts';
import type { Running } from './processes.ts';

export const S3_PORTS = ['s3', 's3Master', 's3Volume', 's3Filer', 's3Admin', 's3Metrics'] as const;
export type S3Ports = Record<(typeof S3_PORTS)[number], number>;

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface S3Server {
  endpoint: string;
  process: Running;
}

export interface S3ServerInput {
  folder: string;
  ports: S3Ports;
  credentials: S3Credentials;
  log: string;
  environment: NodeJS.ProcessEnv;
}

/** The credentials in a file that only its owner can read; made at the first call, not guessable. */
export function s3Credentials(path: string): S3Credentials {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as S3Credentials;
  const credentials = { accessKeyId: randomBytes(10).toString('hex'), secretAccessKey: randomBytes(30).toString('base64url') };
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${randomUUID()}`;
  writeFileSync(partial, JSON.stringify(credentials), { mode: 0o600 });
  renameSync(partial, path);
  return credentials;
}

/** Starts SeaweedFS on loopback and waits until S3 takes the credentials. Throws EngineMissing, EngineFailed. */
export async function startS3Server({ folder, ports, credentials, log, environment }: S3ServerInput): Promise<S3Server> {
  mkdirSync(folder, { recursive: true });
  const endpoint = `http://127.0.0.1:${ports.s3}`;
  const client = new S3Client({ region: 'us-east-1', endpoint, credentials, forcePathStyle: true, maxAttempts: 1 });
  try {
    const process = await launchReady({
      what: 'SeaweedFS',
      program: engineProgram('s3'),
      // Every port is set, those for gRPC follow at +10,000: a default would collide with the stack beside this one.
      parameters: [
        ...['mini', `-dir=${folder}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-s3.port=${ports.s3}`, `-master.port=${ports.s3Master}`],
        ...[`-volume.port=${ports.s3Volume}`, `-filer.port=${ports.s3Filer}`, `-admin.port=${ports.s3Admin}`, `-metricsPort=${ports.s3Metrics}`],
        ...['-webdav=false', '-admin.ui=false', '-master.telemetry=false', '-s3.port.iceberg=0', '-s3.port.lance=0'],
      ],
      log,
      environment: { ...environment, AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
      ready: () => takesCredentials(client, endpoint),
      withinSeconds: 60,
    });
    return { endpoint, process };
  } finally {
    client.destroy();
  }
}

async function takesCredentials(client: S3Client, endpoint: string): Promise<boolean> {
  try {
    await client.send(new ListBucketsCommand({}));
    return true;
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403)
      throw new NightjarError('PortTaken', `${endpoint} is another S3 server.`);
    return false;
  }
}
