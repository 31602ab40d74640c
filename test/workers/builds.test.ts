import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { retrainId } from '../../contracts/ids.ts';
import type { RunStatus } from '../../contracts/messages.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { DEPLOYMENT } from '../../workers/pools/deployment.ts';
import { missing, startS3, startTemporal, type S3ForTests, type TemporalForTests } from '../support/engines.ts';
import { fakeShop, gateOf } from '../support/fake-shop.ts';
import { installQuietRuntime } from '../support/world.ts';

/** A real server with Worker Versioning, the real orchestrator process, and two builds of the workflows of which the second does not replay the first. */
describe.skipIf(missing('temporal') || missing('s3'))('a run outlives the code it was started with', () => {
  const folder = '.cache/test/builds';
  let temporal: TemporalForTests;
  let s3: S3ForTests;
  let connection: NativeConnection;
  let client: Client;
  let activities: Worker[];
  let running: Promise<void>[];

  beforeAll(async () => {
    installQuietRuntime();
    [temporal, s3] = await Promise.all([startTemporal(), startS3()]);
    connection = await NativeConnection.connect({ address: temporal.address });
    client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
    const fakes = fakeShop({ evaluate: async () => gateOf('suspicious') }).activities as Record<string, (...parameters: unknown[]) => Promise<unknown>>;
    activities = await Promise.all(
      [TASK_QUEUES.cpu, TASK_QUEUES.gpu, TASK_QUEUES.deploy].map((taskQueue) => Worker.create({ connection, taskQueue, activities: fakes })),
    );
    running = activities.map((worker) => worker.run());
    await makeBuild('one', 'dist' + '/workflows.js');
    await makeBuild('two', await changedWorkflows());
  });

  afterAll(async () => {
    for (const worker of activities ?? []) worker.shutdown();
    await Promise.all(running ?? []);
    await client?.connection.close();
    await connection?.close();
    await Promise.all([temporal?.stop(), s3?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function makeBuild(name: string, workflows: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    cpSync(realpathSync('dist'), join(folder, name), { recursive: true });
    cpSync(workflows, join(folder, name, 'workflows.js'));
    writeFileSync(join(folder, name, 'build.json'), JSON.stringify({ buildId: name === 'one' ? '111111111111' : '222222222222' }));
  }

  async function changedWorkflows(): Promise<string> {
    const { code } = await bundleWorkflowCode({
      workflowsPath: new URL('../replay/changed/index.ts', import.meta.url).pathname,
      logger: new DefaultLogger('ERROR'),
    });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'changed.js'), code);
    return join(folder, 'changed.js');
  }

  const orchestrator = (name: string): ChildProcess =>
    spawn(process.execPath, [join(folder, name, 'workers/main.js'), '--pool', 'orchestrator', '--make-current'], {
      env: { ...process.env, ...s3.environment, TEMPORAL_ADDRESS: temporal.address, NIGHTJAR_HOME: join(folder, 'home') },
      stdio: 'ignore',
    });

  const stop = (worker: ChildProcess): Promise<unknown> => {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.kill('SIGTERM');
    return ended;
  };

  /** Waits until new runs go to build two. */
  async function settled(worker: ChildProcess): Promise<ChildProcess> {
    const current = async () =>
      (await client.workflowService.describeWorkerDeployment({ namespace: 'default', deploymentName: DEPLOYMENT })).workerDeploymentInfo?.routingConfig
        ?.currentDeploymentVersion?.buildId;
    await expect.poll(current, { timeout: 30_000 }).toBe('222222222222');
    return worker;
  }

  const start = (workflowId: string) =>
    client.workflow.start('retrain', { taskQueue: TASK_QUEUES.orchestrator, workflowId, args: [{ model: 'm', trigger: 'manual' }] });

  test('a run that waits for its approval goes on after a restart with changed workflows; new runs take the new build', async () => {
    const first = orchestrator('one');
    const waiting = await start(retrainId('m'));
    await expect.poll(async () => (await waiting.query<RunStatus>('status').catch(() => null))?.waitsFor ?? null, { timeout: 30_000 }).not.toBeNull();
    await stop(first);

    await stop(await settled(orchestrator('two'))); // now build one is draining, not current
    const second = orchestrator('two');
    await waiting.executeUpdate('decide', { args: [{ approve: true, digest: 'digest-2', by: 'ada' }] });
    expect(await waiting.result()).toMatchObject({ outcome: 'promoted' });

    const fresh = await start(retrainId('n'));
    await expect.poll(async () => (await fresh.query<RunStatus>('status').catch(() => null))?.waitsFor ?? null, { timeout: 30_000 }).not.toBeNull();
    const { raw } = await fresh.describe();
    expect(raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId).toBe('222222222222');
    await stop(second);
  });
});
