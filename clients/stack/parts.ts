import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { launchReady } from '../../adapters/engines/await-ready.ts';
import type { Running } from '../../adapters/engines/processes.ts';
import { TASK_QUEUES, type Pool } from '../../contracts/task-queues.ts';
import { distFolder } from '../dist-folder.ts';
import type { StackFolder } from './folder.ts';

/** Heap limits in MB: what a pool holds at rest and a margin, so that the whole stack stays small; training has a process of its own. */
const HEAP_MB: Record<Pool | 'gateway', number> = { orchestrator: 256, cpu: 1024, gpu: 256, deploy: 256, gateway: 256 };

export interface PartInput {
  folder: StackFolder;
  environment: NodeJS.ProcessEnv;
}

/** A worker of one pool; ready when Temporal sees it poll. */
export function startWorker(pool: Pool, { folder, environment }: PartInput): Promise<Running> {
  const queue = TASK_QUEUES[pool];
  return launchReady({
    what: `The ${pool} worker`,
    program: process.execPath,
    parameters: [
      `--max-old-space-size=${HEAP_MB[pool]}`,
      join(distFolder(), 'workers/main.js'),
      '--pool',
      pool,
      ...(pool === 'orchestrator' ? ['--make-current'] : []),
    ],
    environment,
    log: folder.log(`worker-${pool}`),
    ready: ({ identity }) =>
      polls(environment.TEMPORAL_ADDRESS ?? '', environment.TEMPORAL_NAMESPACE ?? 'default', queue, pool === 'orchestrator', identity.pid),
    withinSeconds: 60,
  });
}

/** The gateway; ready when it prints so. */
export function startGateway(port: number, { folder, environment }: PartInput): Promise<Running> {
  return launchReady({
    what: 'The gateway',
    program: process.execPath,
    parameters: [`--max-old-space-size=${HEAP_MB.gateway}`, join(distFolder(), 'serving/gateway-main.js')],
    environment: { ...environment, GATEWAY_PORT: String(port) },
    log: folder.log('gateway'),
    ready: ({ output }) =>
      output()
        .split('\n')
        .some((line) => line.startsWith('{"ready":true')),
    withinSeconds: 60,
  });
}

const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;

/** Whether the process with this pid asks the queue for tasks; the SDK names a poller `<pid>@<host>`. */
async function polls(address: string, namespace: string, queue: string, workflows: boolean, pid: number): Promise<boolean> {
  const connection = Connection.lazy({ address });
  try {
    const { pollers } = await connection.withDeadline(Date.now() + 3000, () =>
      connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType: workflows ? WORKFLOW_TASKS : ACTIVITY_TASKS }),
    );
    return (pollers ?? []).some(({ identity }) => identity?.startsWith(`${pid}@`));
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
