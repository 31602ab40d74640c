import { join } from 'node:path';
import { launchReady } from '../../adapters/engines/await-ready.ts';
import type { Running } from '../../adapters/engines/processes.ts';
import type { Pool } from '../../contracts/task-queues.ts';
import { distFolder } from '../dist-folder.ts';
import type { StackFolder } from './folder.ts';

/** Heap limits in MB: what a pool holds at rest and a margin, so that the whole stack stays small; training has a process of its own. */
const HEAP_MB: Record<Pool | 'gateway', number> = { orchestrator: 256, cpu: 1024, gpu: 256, deploy: 256, gateway: 256 };

export interface PartInput {
  folder: StackFolder;
  environment: NodeJS.ProcessEnv;
}

/** A worker of one pool; ready when it says that it asks for tasks. */
export function startWorker(pool: Pool, { folder, environment }: PartInput): Promise<Running> {
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
    ready: saysReady,
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
    ready: saysReady,
    withinSeconds: 60,
  });
}

/** Gateway and workers print a line when they answer or ask for work. */
const saysReady = ({ output }: Running): boolean =>
  output()
    .split('\n')
    .some((line) => line.startsWith('{"ready":true'));
