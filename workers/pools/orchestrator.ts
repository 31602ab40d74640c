import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import { openStore } from '../../adapters/s3-store.ts';
import { keys } from '../../contracts/ids.ts';
import { NightjarError } from '../../contracts/errors.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { sayReady, SHUTDOWN, type PoolDeps } from './activities.ts';
import { DEPLOYMENT, makeCurrent, openBuilds } from './deployment.ts';

export interface OrchestratorDeps extends PoolDeps {
  client: Client;
  /** Send new runs to this build as soon as it polls (embedded). In production scripts/roll-out.sh does it, by steps. */
  makeCurrent: boolean;
}

/**
 * Runs the workflows, and nothing else. Runs are pinned to the build that started them; this process serves the newest build and,
 * from the bundles kept in the object store, every older build that still has open runs. So a plain restart with new code strands nothing.
 */
export async function runOrchestrator(deps: OrchestratorDeps): Promise<void> {
  const { settings, log, client, namespace } = deps;
  const store = openStore(settings.NIGHTJAR_BUCKET);
  const newest = await ownBuild(deps.dist);
  await keepBundle(store, newest.buildId, newest.path);
  const workers = [await workerOf(deps, newest.buildId, newest.path)];
  for (const buildId of (await openBuilds(client, namespace)).filter((older) => older !== newest.buildId)) {
    const path = await fetchBundle(store, settings.NIGHTJAR_HOME, buildId);
    if (path) workers.push(await workerOf(deps, buildId, path));
    else log.error({ buildId }, 'open runs are pinned to a build whose bundle is not in the object store; they wait for a worker of it');
  }
  log.info({ builds: workers.length, newest: newest.buildId }, 'orchestrator serves');
  const running = workers.map((worker) => worker.run());
  if (deps.makeCurrent) await makeCurrent(client, namespace, newest.buildId, log);
  sayReady('orchestrator');
  await Promise.all(running);
}

const workerOf = ({ connection, namespace }: OrchestratorDeps, buildId: string, codePath: string): Promise<Worker> =>
  Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUES.orchestrator,
    workflowBundle: { codePath },
    workerDeploymentOptions: { version: { deploymentName: DEPLOYMENT, buildId }, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
    ...SHUTDOWN,
  });

async function ownBuild(dist: string): Promise<{ buildId: string; path: string }> {
  const { buildId } = JSON.parse(await readFile(join(dist, 'build.json'), 'utf8')) as { buildId: string };
  return { buildId, path: join(dist, 'workflows.js') };
}

async function keepBundle(store: ObjectStore, buildId: string, path: string): Promise<void> {
  await store.create(keys.workflowBuild(buildId), await readFile(path));
}

async function fetchBundle(store: ObjectStore, home: string, buildId: string): Promise<string | null> {
  if (!/^[0-9a-f]{8,64}$/.test(buildId)) throw new NightjarError('ObjectCorrupt', `Build id ${buildId}.`);
  const path = `${home}/builds/${buildId}/workflows.js`;
  return (await store.getFile(keys.workflowBuild(buildId), path)) ? path : null;
}
