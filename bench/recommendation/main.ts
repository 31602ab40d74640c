import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { S3Client } from '@aws-sdk/client-s3';
import pino from 'pino';
import { createRefreshActivities } from '../../activities/refresh.ts';
import { createTrainActivities } from '../../activities/train.ts';
import { openTrained } from '../../activities/train/trained.ts';
import { choosePorts } from '../../adapters/engines/ports.ts';
import { end } from '../../adapters/engines/processes.ts';
import { S3_PORTS, s3Credentials, startS3Server } from '../../adapters/engines/s3-server.ts';
import { packageRoot } from '../../adapters/package-root.ts';
import { ensureBucket, openStore } from '../../adapters/s3-store.ts';
import { downloadSnapshot } from '../../adapters/snapshots.ts';
import { distFolder } from '../../clients/dist-folder.ts';
import type { Trained } from '../../contracts/runs.ts';
import type { SnapshotRef } from '../../contracts/snapshot.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import type { BenchRow } from '../row.ts';
import { askEase, askKeras, KERAS, peerEnvironment, writeTask } from './peers.ts';
import { deliver, LAST_ONE_OUT, qualityOf, readPeople, type Person, type Quality } from './protocol.ts';

const SEEDS = [1, 2, 3];

export const about = `The recommender on MovieLens 100k, last one out, through the refresh and train activities on a real S3 server: quality as the mean of seeds
${SEEDS.join(', ')} beside EASE (λ = 200); training time beside the same network on the same examples in ${KERAS.join(', ')}. Our time is the whole
training process (median of the seeds on wasm): start, reading, checkpoints, storing. The peer's is its fit calls alone, on dense inputs that were ready in memory.
Not measured: GPUs, other data sets, tuned peers, serving. Last one out looks into the future of other people, as no shop can.`;

/** Trains three times on wasm, once on the native binding where it is installed, and asks the peers. */
export async function run(): Promise<BenchRow[]> {
  const root = join(packageRoot(), '.cache', 'bench', 'recommendation');
  await mkdir(root, { recursive: true });
  const python = await peerEnvironment(root);
  const workspace = await mkdtemp(join(root, 'run-'));
  try {
    return await withRealS3(workspace, async (store) => {
      const { snapshot, people } = await refreshed(store, workspace);
      const onWasm: { trained: Trained; quality: Quality }[] = [];
      for (const seed of SEEDS) onWasm.push(await trainAndAsk(store, snapshot, people, seed, 'wasm'));
      const native = await trainAndAsk(store, snapshot, people, SEEDS[0]!, 'auto');
      const task = join(workspace, 'task');
      await writeTask(task, LAST_ONE_OUT.learner, people, SEEDS[0]!);
      const ease = await askEase(python, task);
      const keras = await askKeras(python, task);
      process.stderr.write(
        `Keras on the same examples: ${keras.seconds.toFixed(1)} s, HitRate@10 ${keras.hitRate.toFixed(4)}, NDCG@10 ${keras.ndcg.toFixed(4)}\n`,
      );
      const mean = (value: (quality: Quality) => number) => onWasm.reduce((sum, { quality }) => sum + value(quality), 0) / onWasm.length;
      const rows = [
        atLeast(
          'HitRate@10',
          mean(({ hitRate }) => hitRate),
          ease.hitRate,
          0.17,
        ),
        atLeast(
          'NDCG@10',
          mean(({ ndcg }) => ndcg),
          ease.ndcg,
          0.09,
        ),
        noSlower('wasm', median(onWasm.map(({ trained }) => trained.seconds)), keras.seconds, 2),
      ];
      return native.trained.backend === 'wasm' ? rows : [...rows, noSlower(native.trained.backend, native.trained.seconds, keras.seconds, 1.5)];
    });
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const atLeast = (metric: string, ours: number, peer: number, least: number): BenchRow => ({
  name: `${metric}, mean of ${SEEDS.length} seeds, beside EASE`,
  ours,
  peer,
  ratio: ours / peer,
  unit: 'share',
  target: `at least ${least}`,
  pass: ours >= least,
});

const noSlower = (backend: string, ours: number, peer: number, most: number): BenchRow => ({
  name: `training on ${backend}, beside Keras`,
  ours,
  peer,
  ratio: ours / peer,
  unit: 's',
  target: `ratio at most ${most}`,
  pass: ours / peer <= most,
});

async function refreshed(store: ObjectStore, workspace: string): Promise<{ snapshot: SnapshotRef; people: Person[] }> {
  const settings = { NIGHTJAR_HOME: join(workspace, 'home'), NIGHTJAR_DATA: join(workspace, 'data') };
  await deliver(join(settings.NIGHTJAR_DATA, LAST_ONE_OUT.name));
  const { refresh } = createRefreshActivities({ store, loadModel: async () => LAST_ONE_OUT, settings, heartbeat: () => {} });
  const result = await refresh({ model: LAST_ONE_OUT.name, run: 'bench', definition: 'last one out' });
  if (result.kind !== 'new') throw new Error(`expected a new snapshot: ${JSON.stringify(result)}`);
  const local = await downloadSnapshot(store, result.snapshot.digest, join(settings.NIGHTJAR_HOME, 'snapshots'), ['test.parquet']);
  return { snapshot: result.snapshot, people: await readPeople(local.path('test.parquet')) };
}

async function trainAndAsk(store: ObjectStore, snapshot: SnapshotRef, people: Person[], seed: number, backend: string) {
  process.env.NIGHTJAR_BACKEND = backend;
  const { train } = createTrainActivities({ trainerPath: join(distFolder(), 'workers/trainer.js'), log: pino({ level: 'warn' }, process.stderr) });
  const plan = { model: LAST_ONE_OUT.name, definition: 'last one out', policy: LAST_ONE_OUT.policy, seed };
  const trained: Trained = await new MockActivityEnvironment().run(train, { model: LAST_ONE_OUT.name, run: `${backend}-${seed}`, snapshot, plan });
  const predictor = await LAST_ONE_OUT.learner.open(await openTrained(store, trained), LAST_ONE_OUT.signature);
  try {
    const quality = await qualityOf(predictor, people);
    process.stderr.write(
      `seed ${seed} on ${trained.backend}: ${trained.seconds.toFixed(1)} s, HitRate@10 ${quality.hitRate.toFixed(4)}, NDCG@10 ${quality.ndcg.toFixed(4)}\n`,
    );
    return { trained, quality };
  } finally {
    predictor.dispose();
  }
}

async function withRealS3<T>(workspace: string, use: (store: ObjectStore) => Promise<T>): Promise<T> {
  const credentials = s3Credentials(join(workspace, 'credentials.json'));
  const ports = await choosePorts(S3_PORTS);
  const server = await startS3Server({ folder: join(workspace, 's3'), ports, credentials, log: join(workspace, 's3.log'), environment: process.env });
  const client = new S3Client({ region: 'us-east-1', endpoint: server.endpoint, credentials, forcePathStyle: true });
  // The trainer inherits these.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    NIGHTJAR_BUCKET: 'bench',
    NIGHTJAR_HOME: join(workspace, 'home'),
  });
  try {
    await ensureBucket('bench', client);
    return await use(openStore('bench', client));
  } finally {
    client.destroy();
    await end(server.process.identity, 10_000);
  }
}
