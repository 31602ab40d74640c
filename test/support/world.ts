import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkerOptions, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { pino } from 'pino';
import { engineProgram } from '../../adapters/engines/locate.ts';
import type { Activities } from '../../contracts/activities.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { DEPLOYMENT, makeCurrent } from '../../workers/pools/deployment.ts';
import { startTemporal } from './engines.ts';

/** A Temporal test server that skips time, with workers on all task queues that run the real workflows and the fakes of the current test. */
export interface World {
  env: TestWorkflowEnvironment;
  /** What activities do from now on. */
  use(activities: Partial<Activities>): void;
  /** Names of the activities called since `use`, in order. */
  calls: { name: string; input: unknown }[];
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** Queues without a worker, to see what waits. */
  without?: (keyof typeof TASK_QUEUES)[];
}

let bundle: WorkflowBundleWithSourceMap | undefined;

export async function bundleOf(workflowsPath = new URL('../../workflows/index.ts', import.meta.url).pathname): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
}

/** NIGHTJAR_TEST_CACHE=0 makes every workflow task replay its history from the start: the cheapest check of determinism there is. */
export async function startWorld({ without = [] }: WorldOptions = {}): Promise<World> {
  installQuietRuntime();
  bundle ??= await bundleOf();
  const { env, end } = await (REAL ? realServer() : timeSkippingServer());
  let current: Partial<Activities> = {};
  const calls: World['calls'] = [];
  const call = (name: string) => (input: unknown) => {
    calls.push({ name, input });
    const fake = current[name as keyof Activities] as ((input: unknown) => Promise<unknown>) | undefined;
    if (!fake) throw new Error(`no fake for activity ${name}`);
    return fake(input);
  };
  const named = Object.fromEntries(ACTIVITY_NAMES.map((name) => [name, call(name)]));
  const shared = { connection: env.nativeConnection, namespace: env.namespace ?? 'default' };
  const workers = await Promise.all(
    Object.entries(TASK_QUEUES)
      .filter(([pool]) => !without.includes(pool as keyof typeof TASK_QUEUES))
      .map(([pool, taskQueue]) =>
        Worker.create(
          pool === 'orchestrator' ? { ...shared, taskQueue, workflowBundle: bundle, ...CACHE, ...VERSIONED } : { ...shared, taskQueue, activities: named },
        ),
      ),
  );
  const running = workers.map((worker) => worker.run());
  if (REAL && !without.includes('orchestrator')) await makeCurrent(env.client, 'default', BUILD, pino({ level: 'silent' }));
  return {
    env,
    calls,
    use: (next) => {
      current = next;
      calls.length = 0;
    },
    stop: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await end();
    },
  };
}

/** NIGHTJAR_TEST_SERVER=real: the same stories on a real server, where nothing skips time. */
export const REAL = process.env.NIGHTJAR_TEST_SERVER === 'real';

const CACHE = process.env.NIGHTJAR_TEST_CACHE === '0' ? { maxCachedWorkflows: 0 } : {};

const BUILD = 'test';
/** A real server takes pinned runs from versioned workers only; the time-skipping one knows no versions. */
const VERSIONED: Pick<WorkerOptions, 'workerDeploymentOptions'> = REAL
  ? { workerDeploymentOptions: { version: { deploymentName: DEPLOYMENT, buildId: BUILD }, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' } }
  : {};

interface Server {
  env: TestWorkflowEnvironment;
  end(): Promise<void>;
}

async function realServer(): Promise<Server> {
  const temporal = await startTemporal();
  const env = await TestWorkflowEnvironment.createFromExistingServer({ address: temporal.address });
  return {
    env,
    end: async () => {
      await env.teardown();
      await temporal.stop();
    },
  };
}

async function timeSkippingServer(): Promise<Server> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: engineProgram('test-server') } } });
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name, type }) => [name, INDEXED[type]]));
  await env.connection.operatorService.addSearchAttributes({ namespace: env.namespace ?? 'default', searchAttributes });
  return { env, end: () => env.teardown() };
}

/** Numbers of temporal.api.enums.v1.IndexedValueType. */
const INDEXED = { KEYWORD: 2, INT: 3, BOOL: 5 } as const;

const ACTIVITY_NAMES: (keyof Activities)[] = [
  'planRun',
  'refresh',
  'evaluate',
  'packageVersion',
  'writeReport',
  'currentChampion',
  'planRollout',
  'watchRollout',
  'promoteAliases',
  'rollbackAliases',
  'recordRun',
  'observe',
  'rollbackTarget',
  'train',
  'ensureServer',
  'wakeServer',
  'retireServers',
  'claimRoutes',
  'sendBack',
  'setRoutes',
];

/** Once per process. */
let installed = false;

/** Temporal's own logs only when something fails. */
export function installQuietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } } });
}
