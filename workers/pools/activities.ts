import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Settings } from '../../contracts/settings.ts';
import { TASK_QUEUES, type Pool } from '../../contracts/task-queues.ts';
import { activitiesOf } from './table.ts';

export interface PoolDeps {
  /** Folder of the build output: workflows.js, build.json and the programs of child processes. */
  dist: string;
  connection: NativeConnection;
  namespace: string;
  settings: Settings;
  log: Logger;
}

/** One training at a time per gpu worker; the others are bounded by memory: a refresh may take 1.5 GB. */
const CONCURRENT: Record<Exclude<Pool, 'orchestrator'>, number> = { cpu: 8, gpu: 1, deploy: 8 };

/** Runs a pool that acts on the world. Not versioned: its tasks carry plain JSON that newer code reads too (fields are only added). */
export async function runActivityPool(pool: Exclude<Pool, 'orchestrator'>, { connection, namespace, settings, dist, log }: PoolDeps): Promise<void> {
  const { activities, stop } = await activitiesOf(pool, settings, dist, log);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUES[pool],
    activities,
    maxConcurrentActivityTaskExecutions: CONCURRENT[pool],
    maxHeartbeatThrottleInterval: '1 second', // else the SDK sends one in 48 s, and whoever watches a training sees it stand
    ...SHUTDOWN,
  });
  try {
    const running = worker.run();
    sayReady(pool);
    await running;
  } finally {
    await stop();
  }
}

/**
 * Tells whoever started this process, in a line of its own, that it asks for tasks. Temporal's list of pollers would not do: a worker that
 * finds a task at once, as after a restart in the middle of a training, asks for no more until that one is done.
 */
export const sayReady = (pool: Pool): boolean => process.stdout.write(`${JSON.stringify({ ready: true, process: `worker-${pool}`, pid: process.pid })}\n`);

/** Time to checkpoint after SIGTERM, and then the end; Kubernetes' terminationGracePeriodSeconds must be above the second. */
export const SHUTDOWN: Pick<WorkerOptions, 'shutdownGraceTime' | 'shutdownForceTime'> = { shutdownGraceTime: '1 second', shutdownForceTime: '60 seconds' };
