import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { EXIT, type TrainerJob, type TrainerLine } from '../activities/train/protocol.ts';
import { storeTrained } from '../activities/train/trained.ts';
import { openLedger, type CheckpointLedger } from '../adapters/checkpoints.ts';
import { crashPoint } from '../adapters/crash-points.ts';
import { readParquetRows } from '../adapters/duckdb.ts';
import { putRef, sha256 } from '../adapters/objects.ts';
import { ownIdentity, runs, type ProcessIdentity } from '../adapters/process-identity.ts';
import { openStore } from '../adapters/s3-store.ts';
import { downloadSnapshot } from '../adapters/snapshots.ts';
import { FAILURES, failureType } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import { settingsSchema, type Settings } from '../contracts/settings.ts';
import type { ObjectStore, Ref } from '../contracts/store.ts';
import { seededRandom, splitSeed } from '../domain/random.ts';
import { openBackend, type OpenBackend } from '../models/backends.ts';
import type { Row } from '../models/define.ts';
import type { Fitted } from '../models/learner.ts';
import { loadModel } from '../models/load.ts';
import { runTraining, type Ledger, type TrainedParameters } from '../models/training/run.ts';
import { bytesOf } from '../models/weights.ts';

/**
 * The child process that trains: reads a job from stdin, writes progress to stdout, keeps its checkpoints in the object store.
 * SIGTERM, or the end of stdin because the parent is gone, makes it checkpoint and end: no orphan trains on.
 */
const startedAt = Date.now();
let stopped = false;
const stop = () => void (stopped = true);
process.once('SIGTERM', stop);

const settings = settingsSchema.parse(process.env);
try {
  const job = await readJob();
  const end = await trainJob(job, settings, openStore(settings.NIGHTJAR_BUCKET));
  await finish(end, end.kind === 'trained' ? EXIT.trained : EXIT.stopped);
} catch (error) {
  const type = failureType(error);
  const { message, stack } = error as Error;
  await finish(type ? { kind: 'failed', type, message } : { kind: 'failed', type: 'Error', message: stack ?? message }, EXIT.failed);
}

async function trainJob(job: TrainerJob, settings: Settings, store: ObjectStore): Promise<TrainerLine> {
  // First, so that an attempt that dies over the backend or the rows counts too.
  const ledger: CheckpointLedger<never> = await openLedger(store, keys.checkpoints(job.run), { owner: whoami(), attempt: job.attempt }, endStaleTrainer);
  try {
    return await train(job, settings, store, ledger);
  } catch (error) {
    // What the catalogue says to repeat until it works is repeated: nobody must look for a fault in the training meanwhile.
    const type = failureType(error);
    if (type && FAILURES[type].kind === 'retry') await ledger.excuse().catch(() => {});
    throw error;
  }
}

async function train(job: TrainerJob, settings: Settings, store: ObjectStore, ledger: Ledger<Ref>): Promise<TrainerLine> {
  const { learner } = await loadModel(job.model);
  const backend = await openBackend(settings.NIGHTJAR_BACKEND);
  const snapshot = await downloadSnapshot(store, job.snapshot, join(settings.NIGHTJAR_HOME, 'snapshots'), ['train.parquet']);
  const fitted = await learner.fit(oneByOne(readParquetRows(snapshot.path('train.parquet'))), seededRandom(splitSeed(job.seed, 'initial parameters')));
  const { learningRate } = learner.training;
  const fingerprint = sha256(JSON.stringify([job.model, job.snapshot, job.definition, job.seed]));
  const training = { fitted, seed: job.seed, learningRate, checkpointEverySeconds: job.checkpointEverySeconds, fingerprint };
  const end = await runTraining(backend.tf, training, ledger, { stopRequested: () => stopped, now: Date.now, breathe, progress: reporter(backend, fitted) });
  return end.kind === 'stopped' ? end : { kind: 'trained', trained: await keep(store, job.run, fitted, end, backend) };
}

async function keep(store: ObjectStore, run: string, fitted: Fitted, end: TrainedParameters, backend: OpenBackend) {
  const weights = await storeTrained(store, run, {
    'network.json': Buffer.from(JSON.stringify(fitted.network)),
    'weights.bin': bytesOf(end.parameters),
    'encoders.json': Buffer.from(JSON.stringify(fitted.encoders)),
  });
  const lines = end.curve.points.map((point) => `${JSON.stringify(point)}\n`).join('');
  const curve = await putRef(store, (digest) => keys.trained(run, digest), lines);
  const { steps, epochs, resumedAtStep, learningRate } = end;
  const loss = end.curve.points.at(-1)!.loss;
  return { weights, curve, backend: backend.name, steps, epochs, resumedAtStep, learningRate, loss, seconds: (Date.now() - startedAt) / 1000 };
}

/** At most two lines a second: the parent turns each into a heartbeat. */
function reporter({ name }: OpenBackend, { batchSize }: Fitted) {
  const began = performance.now();
  let firstStep: number | null = null;
  let reportedAt = -Infinity;
  return (report: { step: number; totalSteps: number; epoch: number; loss: number; manifest: Ref | null }): void => {
    firstStep ??= report.step - 1;
    crashPoint(`training-step-${report.step}`);
    const now = performance.now();
    if (now - reportedAt < 500) return;
    reportedAt = now;
    const examplesPerSecond = Math.round(((report.step - firstStep) * batchSize) / ((now - began) / 1000));
    write({ kind: 'progress', ...report, examplesPerSecond, backend: name });
  };
}

/** One turn of the event loop: signals and the end of stdin come through between two steps. */
async function breathe(): Promise<void> {
  await setImmediate();
}

async function readJob(): Promise<TrainerJob> {
  const lines = createInterface({ input: process.stdin });
  lines.once('close', stop);
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    lines.once('close', () => reject(new Error('stdin ended before a job came')));
  });
  return JSON.parse(line) as TrainerJob;
}

type Owner = ProcessIdentity & { host: string };
function whoami(): Owner {
  return { ...ownIdentity(), host: hostname() };
}

/** An attempt before this one that still trains here (its worker was killed) has lost its claim; it would only take our time. */
async function endStaleTrainer(before: Owner): Promise<void> {
  if (before.host === hostname() && runs(before)) process.kill(before.pid, 'SIGKILL');
}

async function* oneByOne(batches: AsyncIterable<Row[]>): AsyncIterable<Row> {
  for await (const batch of batches) yield* batch;
}

function write(line: TrainerLine): boolean {
  return process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The last line must be out before the process is: a pipe is written asynchronously. */
async function finish(line: TrainerLine, code: number): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(line)}\n`, () => resolve()));
  process.exit(code);
}
