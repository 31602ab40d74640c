import { proxyActivities } from '@temporalio/workflow';
import type { CpuActivities, DeployActivities, TrainActivities } from '../contracts/activities.ts';
import { NON_RETRYABLE } from '../contracts/errors.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';

/**
 * The only proxies, one per class of work. Attempts are unlimited: a broken engine is waited for, however long, and the pending
 * activity shows why; what no retry can mend is in NON_RETRYABLE. Each timeout says why it is as long as it is.
 */
const retry = { initialInterval: '1 second', maximumInterval: '30 seconds', nonRetryableErrorTypes: NON_RETRYABLE };

/** Registry reads and writes: tens of milliseconds; conditional writes under contention wait seconds on a lock in the store. */
export const quick = (summary: string) => proxyActivities<CpuActivities>({ taskQueue: TASK_QUEUES.cpu, startToCloseTimeout: '1 minute', retry, summary });

/** Work over all rows: minutes to hours; a dead worker is noticed by its heartbeat (sent every few seconds) within a minute. */
export const long = (summary: string) =>
  proxyActivities<CpuActivities>({ taskQueue: TASK_QUEUES.cpu, startToCloseTimeout: '6 hours', heartbeatTimeout: '1 minute', retry, summary });

/**
 * The look-out of a rollout: ends by itself after `reportEverySeconds`; heartbeats at least every few seconds, also between looks.
 * It changes no traffic, so a rollback need not wait until it has heard of its cancellation.
 */
export const watch = (summary: string, reportEverySeconds: number) =>
  proxyActivities<CpuActivities>({
    taskQueue: TASK_QUEUES.cpu,
    startToCloseTimeout: `${reportEverySeconds * 2 + 120} seconds`,
    heartbeatTimeout: '1 minute',
    cancellationType: 'TRY_CANCEL',
    retry,
    summary,
  });

/** Training: hours; heartbeats run in the worker while a child process trains. Only with a wait is a fallback queue behind it (workflows/training.ts). */
export const training = (pool: 'gpu' | 'cpu', summary: string, waitSeconds?: number) =>
  proxyActivities<TrainActivities>({
    taskQueue: TASK_QUEUES[pool],
    startToCloseTimeout: '24 hours',
    heartbeatTimeout: '1 minute',
    scheduleToStartTimeout: waitSeconds && `${waitSeconds} seconds`,
    retry,
    summary,
  });

/** Servers and traffic: a server with a large bundle may take minutes to load and warm up. */
export const deploy = (summary: string) =>
  proxyActivities<DeployActivities>({ taskQueue: TASK_QUEUES.deploy, startToCloseTimeout: '5 minutes', retry, summary });
