import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { S3Client } from '@aws-sdk/client-s3';
import { choosePorts } from '../../adapters/engines/ports.ts';
import { end } from '../../adapters/engines/processes.ts';
import { S3_PORTS, s3Credentials, startS3Server } from '../../adapters/engines/s3-server.ts';
import { packageRoot } from '../../adapters/package-root.ts';
import { ensureBucket } from '../../adapters/s3-store.ts';
import type { RefreshResult, SnapshotRef } from '../../contracts/snapshot.ts';
import type { BenchRow } from '../row.ts';
import { DELIVERIES, ROWS, writeDeliveries } from './deliveries.ts';

const PEER = ['polars==2.1.0', 'polars-runtime-32==2.1.0'];

interface Measured {
  seconds: number;
  megabytes: number;
}

type PeerMeasured = Measured & Pick<SnapshotRef, 'trainRows' | 'testRows'>;

export const about = `Ten million rows of CSV through the refresh activity, its snapshot stored on a real S3 server, beside ${PEER[0]} doing the queries alone.
Not measured: sources in S3, a cold disk, other formats, other shapes of query. The peer neither checks expectations nor takes digests,
statistics and sketches, nor stores anything; it uses all cores and as much memory as it likes.`;

export async function run(): Promise<BenchRow[]> {
  const root = join(packageRoot(), '.cache', 'bench', 'refresh');
  const data = join(root, 'data');
  const source = join(data, DELIVERIES.name, 'deliveries', 'deliveries.csv');
  await writeDeliveries(source);
  const python = await peerEnvironment(root);
  const workspace = await mkdtemp(join(root, 'run-'));
  try {
    const ours = await refreshOnRealS3(workspace, data);
    const peer = await measurePeer(python, source, workspace);
    sameRows(ours.result.snapshot, peer);
    return rows(ours, peer);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

function rows(ours: Measured, peer: Measured): BenchRow[] {
  const row = (name: string, unit: string, our: number, their: number, most: number): BenchRow => ({
    name: `refresh of ${ROWS / 1e6} million rows: ${name}`,
    ours: our,
    peer: their,
    ratio: our / their,
    unit,
    target: `at most ${most}`,
    pass: our <= most,
  });
  return [row('time', 's', ours.seconds, peer.seconds, 30), row('peak memory', 'MB', ours.megabytes, peer.megabytes, 2048)];
}

async function refreshOnRealS3(workspace: string, data: string): Promise<Measured & { result: RefreshResult & { kind: 'new' } }> {
  const credentials = s3Credentials(join(workspace, 'credentials.json'));
  const ports = await choosePorts(S3_PORTS);
  const server = await startS3Server({ folder: join(workspace, 's3'), ports, credentials, log: join(workspace, 's3.log'), environment: process.env });
  try {
    await ensureBucket('bench', new S3Client({ region: 'us-east-1', endpoint: server.endpoint, credentials, forcePathStyle: true }));
    const environment = {
      ...process.env,
      AWS_ENDPOINT_URL_S3: server.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      NIGHTJAR_BUCKET: 'bench',
    };
    const places = JSON.stringify({ home: join(workspace, 'home'), data });
    const { stdout } = await promisify(execFile)(process.execPath, [await childProgram(workspace), places], { env: environment });
    const measured = JSON.parse(stdout) as Measured & { result: RefreshResult };
    if (measured.result.kind !== 'new') throw new Error(`expected a new snapshot: ${stdout}`);
    return { ...measured, result: measured.result };
  } finally {
    await end(server.process.identity, 10_000);
  }
}

async function childProgram(workspace: string): Promise<string> {
  // Inside the project, so that its packages are found.
  const outfile = join(workspace, 'child.mjs');
  await build({ entryPoints: [join(packageRoot(), 'bench/refresh/child.ts')], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
  return outfile;
}

async function peerEnvironment(root: string): Promise<string> {
  const python = join(root, 'venv', 'bin', 'python');
  await mkdir(root, { recursive: true });
  if (!existsSync(python)) await promisify(execFile)('python3', ['-m', 'venv', join(root, 'venv')]);
  await promisify(execFile)(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PEER]);
  return python;
}

async function measurePeer(python: string, source: string, workspace: string): Promise<PeerMeasured> {
  const { stdout } = await promisify(execFile)(python, [join(packageRoot(), 'bench/refresh/peer.py'), source, workspace]);
  return JSON.parse(stdout) as PeerMeasured;
}

/** A comparison of different work would say nothing. */
function sameRows(ours: SnapshotRef, peer: PeerMeasured): void {
  if (ours.trainRows !== peer.trainRows || ours.testRows !== peer.testRows)
    throw new Error(`ours has ${ours.trainRows} + ${ours.testRows} rows, the peer ${peer.trainRows} + ${peer.testRows}`);
}
