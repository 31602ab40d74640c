import { readFileSync } from 'node:fs';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../contracts/activities.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';

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
  const { 'test-server': engine } = JSON.parse(readFileSync('.cache/engines.json', 'utf8')) as Record<string, { path: string }>;
  const env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: engine!.path } } });
  await registerSearchAttributes(env);
  let current: Partial<Activities> = {};
  const calls: World['calls'] = [];
  const activities = new Proxy({} as Record<string, (input: unknown) => Promise<unknown>>, {
    get: (_, name) => (typeof name === 'string' ? call(name) : undefined),
  });
  const call = (name: string) => (input: unknown) => {
    calls.push({ name, input });
    const fake = current[name as keyof Activities] as ((input: unknown) => Promise<unknown>) | undefined;
    if (!fake) throw new Error(`no fake for activity ${name}`);
    return fake(input);
  };
  const named = Object.fromEntries(ACTIVITY_NAMES.map((name) => [name, activities[name]!]));
  const shared = { connection: env.nativeConnection, namespace: env.namespace ?? 'default' };
  const workers = await Promise.all(
    Object.entries(TASK_QUEUES)
      .filter(([pool]) => !without.includes(pool as keyof typeof TASK_QUEUES))
      .map(([pool, taskQueue]) =>
        Worker.create(
          pool === 'orchestrator'
            ? { ...shared, taskQueue, workflowBundle: bundle, ...(process.env.NIGHTJAR_TEST_CACHE === '0' ? { maxCachedWorkflows: 0 } : {}) }
            : { ...shared, taskQueue, activities: named },
        ),
      ),
  );
  const running = workers.map((worker) => worker.run());
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
      await env.teardown();
    },
  };
}

/** Numbers of temporal.api.enums.v1.IndexedValueType. */
const INDEXED = { KEYWORD: 2, INT: 3, BOOL: 5 } as const;

async function registerSearchAttributes(env: TestWorkflowEnvironment): Promise<void> {
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name, type }) => [name, INDEXED[type]]));
  await env.connection.operatorService.addSearchAttributes({ namespace: env.namespace ?? 'default', searchAttributes });
}

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
  'retireServers',
  'claimRoutes',
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
