import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTrainActivities, type TrainHeartbeat } from '../../activities/train.ts';
import type { TrainerJob } from '../../activities/train/protocol.ts';
import { openTrained } from '../../activities/train/trained.ts';
import { keys } from '../../contracts/ids.ts';
import type { Trained } from '../../contracts/runs.ts';
import type { SnapshotRef } from '../../contracts/snapshot.ts';
import tiny from '../fixtures/models/tiny/model.ts';
import { missing, startS3, type S3ForTests } from '../support/engines.ts';
import { putSnapshot } from '../support/snapshot.ts';
import { buildTrainer } from '../support/trainer-build.ts';
import { tinyRows } from '../support/training.ts';

/** The activity with a real trainer process and a real S3 server. */
describe.skipIf(missing('s3'))('train', () => {
  let s3: S3ForTests;
  let trainer: Awaited<ReturnType<typeof buildTrainer>>;
  let snapshot: SnapshotRef;
  let home: string;
  let whole: Trained;
  const before = { ...process.env };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'nightjar-train-'));
    [s3, trainer] = await Promise.all([startS3(), buildTrainer(['tiny'])]);
    snapshot = await putSnapshot(s3.store, 'tiny', tinyRows());
    Object.assign(process.env, s3.environment, { NIGHTJAR_HOME: home, NIGHTJAR_BACKEND: 'wasm' });
    whole = await train('uninterrupted', {});
  });
  afterEach(() => void delete process.env.NIGHTJAR_CRASH_AT);
  afterAll(async () => {
    process.env = before;
    await Promise.all([s3?.stop(), trainer?.remove(), rm(home, { recursive: true, force: true })]);
  });

  const checkpointEverySeconds = 0.001; // after every step
  const attempt = { scheduledAt: 0, number: 1 };
  const input = (run: string) => ({
    model: 'tiny',
    run,
    snapshot,
    plan: { model: 'tiny', definition: 'd', seed: 1, policy: { ...tiny.policy, train: { gpuWaitSeconds: 1, checkpointEverySeconds } } },
  });

  /** One attempt; `crashAt` is a crash point of the trainer. */
  async function train(run: string, { crashAt, onHeartbeat, environment = new MockActivityEnvironment() }: Attempt): Promise<Trained> {
    delete process.env.NIGHTJAR_CRASH_AT;
    if (crashAt) process.env.NIGHTJAR_CRASH_AT = crashAt;
    if (onHeartbeat) environment.on('heartbeat', (details: TrainHeartbeat) => onHeartbeat(details, environment));
    return environment.run(createTrainActivities({ trainerPath: trainer.path, log: pino({ level: 'silent' }) }).train, input(run));
  }
  interface Attempt {
    crashAt?: string;
    onHeartbeat?: (details: TrainHeartbeat, environment: MockActivityEnvironment) => void;
    environment?: MockActivityEnvironment;
  }

  test('gives back what it trained: weights by digest, backend, learning curve', async () => {
    expect(whole).toMatchObject({ backend: 'wasm', epochs: 4, resumedAtStep: 0, learningRate: 0.05 });
    expect(whole.steps).toBeGreaterThan(10);
    const files = await openTrained(s3.store, whole);
    expect(JSON.parse(files['network.json'].toString())).toMatchObject({ items: 40, hidden: 8 });
    const predictor = await tiny.learner.open(files, tiny.signature);
    expect(await predictor.predict([{ user: 'u', history: [] }])).toHaveLength(1);
    const curve = (await s3.store.get(whole.curve.key))!.body.toString().trim().split('\n');
    expect(curve).toHaveLength(4);
    expect((JSON.parse(curve[3]!) as { loss: number }).loss).toBe(whole.loss);
  });

  test.each([
    ['mid-epoch', 'training-step-7'],
    ['between two shards of a checkpoint', 'checkpoint-between-shards:10'],
    ['between the shards and the manifest', 'checkpoint-before-manifest:6'],
    ['right after the manifest', 'checkpoint-after-manifest:6'],
  ])('SIGKILL %s: the retry resumes and ends with the same weights', async (_when, crashAt) => {
    const run = `killed-${crashAt.replace(':', '-')}`;
    await expect(train(run, { crashAt })).rejects.toMatchObject({ name: 'TrainerDied' });
    const resumed = await train(run, {});
    expect(resumed.resumedAtStep).toBeGreaterThan(0);
    expect(resumed.weights.sha256).toBe(whole.weights.sha256);
    expect(resumed.curve.sha256).toBe(whole.curve.sha256);
  });

  test('a run that is trained already is only read again', async () => {
    const again = await train('uninterrupted', {});
    expect(again.resumedAtStep).toBe(whole.steps);
    expect(again.weights.sha256).toBe(whole.weights.sha256);
  });

  test('heartbeats say where it is, and are small', async () => {
    const beats: TrainHeartbeat[] = [];
    await train('watched', { onHeartbeat: (details) => beats.push(details) });
    expect(beats.find(({ progress }) => progress)!.progress).toMatchObject({ backend: 'wasm', totalSteps: whole.steps });
    expect(beats.every((beat) => JSON.stringify(beat).length < 1000)).toBe(true);
  });

  test('cancellation: the trainer checkpoints first, then the slot is free', async () => {
    const attempt = train('cancelled', { onHeartbeat: ({ progress }, environment) => progress && environment.cancel() });
    await expect(attempt).rejects.toMatchObject({ name: 'CancelledFailure' });
    const resumed = await train('cancelled', {});
    expect(resumed.resumedAtStep).toBeGreaterThan(0);
    expect(resumed.weights.sha256).toBe(whole.weights.sha256);
  });

  test('a trainer whose parent is gone checkpoints and ends', async () => {
    const job: TrainerJob = { model: 'tiny', run: 'orphan', snapshot: snapshot.digest, definition: 'd', seed: 1, checkpointEverySeconds: 3600, attempt };
    const child = spawn(process.execPath, [trainer.path], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(`${JSON.stringify(job)}\n`);
    child.stdout.once('data', () => child.stdin.end()); // it trains: now its parent dies
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(3);
    expect(await checkpoints('orphan')).toHaveLength(1);
    expect((await train('orphan', {})).weights.sha256).toBe(whole.weights.sha256);
  });

  test('an attempt that was given up for lost is ended by the next one, and two never write', async () => {
    const job: TrainerJob = { model: 'tiny', run: 'stale', snapshot: snapshot.digest, definition: 'd', seed: 1, checkpointEverySeconds, attempt };
    const lost = spawn(process.execPath, [trainer.path], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => lost.once('close', (_code, signal) => resolve(signal)));
    await new Promise((resolve) => {
      lost.stdout.once('data', resolve);
      lost.stdin.write(`${JSON.stringify(job)}\n`);
    });
    lost.kill('SIGSTOP'); // a host that hangs, and would go on
    const resumed = await train('stale', {});
    expect(await ended).toBe('SIGKILL');
    expect(resumed.weights.sha256).toBe(whole.weights.sha256);
  });

  test('an older attempt that wakes does not disturb the one that trains', async () => {
    await train('woken', { environment: new MockActivityEnvironment({ attempt: 2 }) });
    const woken = train('woken', { environment: new MockActivityEnvironment({ attempt: 1 }) });
    await expect(woken).rejects.toMatchObject({ type: 'LedgerTaken', nonRetryable: false });
  });

  test('what no retry can mend says so', async () => {
    const unknown = new MockActivityEnvironment().run(createTrainActivities({ trainerPath: trainer.path, log: pino({ level: 'silent' }) }).train, {
      ...input('unknown'),
      model: 'nobody',
    });
    await expect(unknown).rejects.toMatchObject({ type: 'UnknownModel', nonRetryable: true });
  });

  async function checkpoints(run: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of s3.store.list(keys.checkpoints(run))) if (key.endsWith('manifest.json')) found.push(key);
    return found;
  }
});
