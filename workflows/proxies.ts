import { proxyActivities } from '@temporalio/workflow';
import type { CpuActivities, DeployActivities, TrainActivities } from '../contracts/activities.ts';
import { NON_RETRYABLE } from '../contracts/errors.ts';
import { TASK_QUEUES } from '../contracts/task-queues.ts';

/**
 * The only proxies, one per class of work. Attempts are unlimited: a broken engine is waited for, however long, and the pending
 * activity shows why; what no retry can mend is in NON_RETRYABLE. Each timeout says why it is as long as it is.
 */
const retry = { initialInterval: '1 second', maximumInterval: '30 seconds', nonRetryableErrorTypes: NON_RETRYABLE };

/**
 * Records in the store: tens of milliseconds; conditional writes under contention wait seconds on a lock there. Nothing else tells that
 * a worker has died over one of them, and people wait: a rollback too is made of them.
 */
const RECORD = { startToCloseTimeout: '20 seconds', retry } as const;

/** A dead worker is noticed by its heartbeat, which is sent every five seconds or more often: this is six of them. */
const heartbeatTimeout = '30 seconds';

/** Registry reads and writes. */
export const quick = (summary: string) => proxyActivities<CpuActivities>({ taskQueue: TASK_QUEUES.cpu, ...RECORD, summary });

/** Reads the summaries of a day of traffic: seconds, and minutes for a busy shop with many gateways. */
export const planning = (summary: string) =>
  proxyActivities<Pick<CpuActivities, 'planRollout'>>({ taskQueue: TASK_QUEUES.cpu, startToCloseTimeout: '5 minutes', retry, summary });

/** Work over all rows: minutes to hours. */
export const long = (summary: string) =>
  proxyActivities<CpuActivities>({ taskQueue: TASK_QUEUES.cpu, startToCloseTimeout: '6 hours', heartbeatTimeout, retry, summary });

/**
 * The look-out of a rollout: ends by itself after `reportEverySeconds`; heartbeats at least every few seconds, also between looks.
 * It changes no traffic, so a rollback need not wait until it has heard of its cancellation.
 */
export const watch = (summary: string, reportEverySeconds: number) =>
  proxyActivities<CpuActivities>({
    taskQueue: TASK_QUEUES.cpu,
    startToCloseTimeout: `${reportEverySeconds * 2 + 120} seconds`,
    heartbeatTimeout,
    cancellationType: 'TRY_CANCEL',
    retry,
    summary,
  });

/** Training: hours; heartbeats run in the worker while a child process trains. Only with a wait is a fallback queue behind it (workflows/training.ts). */
export const training = (pool: 'gpu' | 'cpu', summary: string, waitSeconds?: number) =>
  proxyActivities<TrainActivities>({
    taskQueue: TASK_QUEUES[pool],
    startToCloseTimeout: '24 hours',
    heartbeatTimeout,
    scheduleToStartTimeout: waitSeconds && `${waitSeconds} seconds`,
    retry,
    summary,
  });

/** A server with a large bundle may take minutes to load and warm up, and sends heartbeats meanwhile. */
const SERVER = { taskQueue: TASK_QUEUES.deploy, startToCloseTimeout: '5 minutes', heartbeatTimeout } as const;

/** Traffic is a record; servers take longer. */
export const deploy = (summary: string) => {
  const { claimRoutes, sendBack, setRoutes } = proxyActivities<DeployActivities>({ taskQueue: TASK_QUEUES.deploy, ...RECORD, summary });
  const { wakeServer, retireServers } = proxyActivities<DeployActivities>({ ...SERVER, retry, summary });
  return { claimRoutes, sendBack, setRoutes, wakeServer, retireServers };
};

/** The version that a rollback goes to: one that does not start must not keep the person from choosing another. */
export const wayBack = (summary: string) => proxyActivities<DeployActivities>({ ...SERVER, retry: { ...retry, maximumAttempts: 5 }, summary }).wakeServer;

/** The trial of a new version: here a server that does not start is an answer, which the workflow counts, and no reason to repeat the activity for ever. */
export const trial = (summary: string) =>
  proxyActivities<DeployActivities>({ ...SERVER, retry: { ...retry, nonRetryableErrorTypes: [...NON_RETRYABLE, 'ServerNotReady'] }, summary }).ensureServer;
