import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { choosePorts } from '../../adapters/engines/ports.ts';
import { end } from '../../adapters/engines/processes.ts';
import { startTemporalServer, TEMPORAL_PORTS } from '../../adapters/engines/temporal-server.ts';
import { packageRoot } from '../../adapters/package-root.ts';
import { pythonPrograms } from '../python.ts';

const SCRIPTS = join(packageRoot(), 'bench', 'lifecycle');
const TASK_QUEUE = 'seven-steps';
const REPEATS = 5;

/** Seconds from a command to its end, the median of several. */
export interface SevenSteps {
  ours: number;
  metaflow: number;
  dagster: number;
}

/** The three take turns, so that whatever else the machine does meets them alike. */
export async function measureSevenSteps(folder: string): Promise<SevenSteps> {
  const [metaflow, dagster] = [await metaflowRun(folder), await dagsterRun(folder)];
  const workspace = await mkdtemp(join(folder, 'temporal-'));
  const ours = await standingTemporal(workspace);
  try {
    const seconds: Record<keyof SevenSteps, number[]> = { ours: [], metaflow: [], dagster: [] };
    await ours.run(); // the first run of each reads its files from the disk
    await metaflow();
    await dagster();
    for (let i = 0; i < REPEATS; i++) {
      seconds.ours.push(await timed(ours.run));
      seconds.metaflow.push(await timed(metaflow));
      seconds.dagster.push(await timed(dagster));
    }
    return { ours: median(seconds.ours), metaflow: median(seconds.metaflow), dagster: median(seconds.dagster) };
  } finally {
    await ours.stop();
    await rm(workspace, { recursive: true, force: true });
  }
}

/** A Temporal server with a database file and a worker, both standing; each run is a command of its own. */
async function standingTemporal(workspace: string): Promise<{ run: () => Promise<unknown>; stop: () => Promise<void> }> {
  // In one file, as a program is shipped: finding some hundred files takes longer than the seven steps.
  const program = join(workspace, 'command.cjs');
  await build({ entryPoints: [join(SCRIPTS, 'command.ts')], outfile: program, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' });
  const ports = await choosePorts(TEMPORAL_PORTS);
  const server = await startTemporalServer({ folder: workspace, ports, log: join(workspace, 'temporal.log'), environment: process.env });
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address: server.address });
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowsPath: join(SCRIPTS, 'seven-steps.ts'),
    activities: { step: () => Promise.resolve() },
  });
  const working = worker.run();
  let number = 0;
  return {
    run: () => command(process.execPath, [program, server.address, TASK_QUEUE, `seven/${number++}`]),
    stop: async () => {
      worker.shutdown();
      await working;
      await connection.close();
      await end(server.process.identity, 10_000);
    },
  };
}

async function metaflowRun(folder: string): Promise<() => Promise<unknown>> {
  const python = join(await pythonPrograms(join(folder, 'metaflow'), PEERS.metaflow), 'python');
  const home = join(folder, 'metaflow-home');
  const environment = { METAFLOW_HOME: home, METAFLOW_DATASTORE_SYSROOT_LOCAL: home, METAFLOW_USER: 'bench' };
  return () => command(python, [join(SCRIPTS, 'flow.py'), 'run'], environment);
}

async function dagsterRun(folder: string): Promise<() => Promise<unknown>> {
  const dagster = join(await pythonPrograms(join(folder, 'dagster'), PEERS.dagster), 'dagster');
  const home = join(folder, 'dagster-home'); // without one Dagster keeps nothing
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'dagster.yaml'), '');
  return () => command(dagster, ['job', 'execute', '-f', join(SCRIPTS, 'job.py'), '-j', 'seven'], { DAGSTER_HOME: home });
}

export const PEERS = { metaflow: ['metaflow==2.19.39'], dagster: ['dagster==1.13.29'] };

const command = (program: string, parameters: string[], environment: Record<string, string> = {}) =>
  promisify(execFile)(program, parameters, { env: { ...process.env, ...environment }, maxBuffer: 1 << 26 });

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return (performance.now() - began) / 1000;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
