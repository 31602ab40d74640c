import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { Client, Connection } from '@temporalio/client';
import type { CrashPlan } from '../../../adapters/crash-points.ts';
import { openStore } from '../../../adapters/s3-store.ts';
import { runs } from '../../../adapters/process-identity.ts';
import { stackFolder, writeWhole, type StackFolder } from '../../../clients/stack/folder.ts';
import { stackProcesses } from '../../../clients/stack/leftovers.ts';
import { livingStack, type StackRecord } from '../../../clients/stack/record.ts';
import { liveRun } from '../../../clients/live-run.ts';
import type { RunStatus } from '../../../contracts/messages.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import { commandLine } from '../nightjar.ts';
import { until } from '../until.ts';
import { projectWith } from './project.ts';

/** Names of a stack's processes, as `nightjar status` gives them. */
export type Part = 'temporal' | 's3' | 'gateway' | 'worker-orchestrator' | 'worker-cpu' | 'worker-gpu' | 'worker-deploy';

/** A real stack, brought up by the command that a person gives, and ways to hurt it. */
export interface StackForTests {
  folder: StackFolder;
  store: ObjectStore;
  client: Client;
  /** Where it answers. */
  gateway: string;
  /** Gives a command and its answer. Throws unless it ends with 0. */
  nightjar(...words: string[]): Promise<unknown>;
  /** What an open retrain of the model says of itself; null when none is open. */
  statusOf(model: string): Promise<RunStatus | null>;
  pidOf(part: Part): number;
  /** Whatever runs for the stack, the supervisor first. */
  everyPid(): number[];
  /** Plans a crash (adapters/crash-points.ts). `happened` resolves when it has. */
  plan(crash: CrashPlan): { happened(): Promise<void> };
  /** Until the supervisor has started every part again. */
  whole(): Promise<void>;
  close(): Promise<void>;
}

/** For what takes seconds on a machine that does nothing else. */
export const PATIENCE_SECONDS = 300;

/** @param models names under which the project has the model of test/fixtures/models/habit.ts */
export async function startStack(models: readonly string[]): Promise<StackForTests> {
  const project = projectWith(models);
  const planned = join(project, 'crash-plan.json');
  const commands = commandLine({ NIGHTJAR_CRASH_PLAN: planned, NIGHTJAR_BACKEND: 'wasm', NIGHTJAR_SEGMENT_SECONDS: '0.5' }, project);
  const folder = stackFolder(commands.dir);
  const nightjar = async (...words: string[]) => {
    const { code, json, said } = await commands.run(...words);
    if (code !== 0) throw new Error(`nightjar ${words.join(' ')} ended with ${code}: ${said}`);
    return json;
  };
  await nightjar('up', '--detach');
  const living = (): StackRecord => livingStack(folder)!;
  const { env, urls } = living();
  const s3 = openS3(env);
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });

  const client = new Client({ connection });

  return {
    folder,
    store: openStore(env.NIGHTJAR_BUCKET!, s3),
    client,
    statusOf: (model) => liveRun(client, model),
    gateway: urls.gateway,
    nightjar,
    pidOf: (part) => living().processes.find(({ name }) => name === part)!.pid,
    everyPid: () => [...[livingStack(folder)?.pid ?? []].flat(), ...stackProcesses(folder).map(({ pid }) => pid)],
    plan(crash) {
      writeWhole(planned, JSON.stringify(crash));
      return { happened: () => until(() => !existsSync(planned), PATIENCE_SECONDS) };
    },
    whole: () => until(() => living().processes.every(runs), PATIENCE_SECONDS),
    async close() {
      await connection.close();
      s3.destroy();
      await commands.remove();
      rmSync(project, { recursive: true, force: true });
    },
  };
}

const openS3 = (env: Record<string, string>): S3Client =>
  new S3Client({
    region: env.AWS_REGION,
    endpoint: env.AWS_ENDPOINT_URL_S3,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID!, secretAccessKey: env.AWS_SECRET_ACCESS_KEY! },
    forcePathStyle: true,
  });
