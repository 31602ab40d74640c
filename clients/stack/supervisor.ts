import { rmSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { Running } from '../../adapters/engines/processes.ts';
import { s3Credentials, startS3Server } from '../../adapters/engines/s3-server.ts';
import { startTemporalServer } from '../../adapters/engines/temporal-server.ts';
import { ensureBucket } from '../../adapters/s3-store.ts';
import { POOLS } from '../../contracts/task-queues.ts';
import { environmentOf, newRecord, ownsS3, ownsTemporal } from './environment.ts';
import { rotateLogs, stackMarker, type StackFolder } from './folder.ts';
import { keepUp, type KeptUp } from './keep-up.ts';
import { endLeftovers, ENGINE_GRACE_MS, MARKER, WORKER_GRACE_MS } from './leftovers.ts';
import { startGateway, startWorker } from './parts.ts';
import { FRUGAL } from './frugal.ts';
import { stackPorts, type WantedPorts } from './ports.ts';
import { writeRecord, type StackRecord } from './record.ts';

export interface Stack {
  record: StackRecord;
  /** Ends everything in order. What was going on goes on at the next start. */
  stop: () => Promise<void>;
}

type Report = (line: string) => void;

/**
 * Brings up all parts of a stack and keeps them up. The caller holds the folder (record.ts, claim).
 * Throws EngineMissing, EngineFailed, PortTaken; nothing is left running then.
 */
export async function bringUp(folder: StackFolder, wanted: WantedPorts, report: Report): Promise<Stack> {
  const ended = await endLeftovers(folder);
  if (ended > 0) report(`ended ${ended} processes that an earlier start left behind`);
  rotateLogs(folder);
  const ports = await stackPorts(folder, wanted);
  const record = newRecord(folder, ports);
  const environment = { ...FRUGAL, ...environmentOf(record), [MARKER]: stackMarker(folder), AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const engines: KeptUp[] = [];
  const workers: KeptUp[] = [];

  const save = () => writeRecord(folder, { ...record, processes: [...engines, ...workers].map(described) });
  const add = async (parts: KeptUp[], name: string, start: () => Promise<Running>) => {
    parts.push(await keepUp(name, start, report, save));
    save();
  };
  const stop = async () => {
    record.state = 'stopping';
    save();
    await Promise.all(workers.map((part) => part.stop(WORKER_GRACE_MS)));
    // Model servers and trainers: their workers started them, and would start them again if those ended later.
    await endLeftovers(
      folder,
      engines.map((part) => part.running().identity.pid),
    );
    await Promise.all(engines.map((part) => part.stop(ENGINE_GRACE_MS)));
    rmSync(folder.record, { force: true });
  };

  const temporal = () => startTemporalServer({ folder: folder.temporal, ports, log: folder.log('temporal'), environment });
  const s3 = () => startS3Server({ folder: folder.s3, ports, credentials: s3Credentials(folder.credentials), log: folder.log('s3'), environment });
  save();
  try {
    await all([
      ownsTemporal() ? add(engines, 'temporal', async () => (await temporal()).process) : null,
      ownsS3() ? add(engines, 's3', async () => (await s3()).process) : null,
    ]);
    await makeBucket(environment);
    await all([
      ...POOLS.map((pool) => add(workers, `worker-${pool}`, () => startWorker(pool, { folder, environment }))),
      add(workers, 'gateway', () => startGateway(ports.gateway, { folder, environment })),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  record.state = 'up';
  save();
  return { record, stop };
}

/** Unlike Promise.all, returns only when each has ended: what starts late would be left running. */
async function all(starts: (Promise<void> | null)[]): Promise<void> {
  const failed = (await Promise.allSettled(starts.filter((start) => start !== null))).find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}

async function makeBucket(environment: NodeJS.ProcessEnv): Promise<void> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region = 'us-east-1',
  } = environment;
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
  const client = new S3Client({ region, endpoint, forcePathStyle: true, ...(credentials && { credentials }) });
  await ensureBucket(environment.NIGHTJAR_BUCKET ?? 'nightjar', client);
  client.destroy();
}

const described = (part: KeptUp): StackRecord['processes'][number] => {
  const { identity, log, startedAt } = part.running();
  return { name: part.name, ...identity, log, startedAt, restarts: part.restarts() };
};
