import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../adapters/package-root.ts';
import { openScreen } from '../../clients/demo/screen.ts';
import type { BenchRow } from '../row.ts';
import { measureNights } from './nights.ts';
import { measureSevenSteps, PEERS } from './seven.ts';

export const about = `Two real nights of the recommender on the embedded stack: what is left of a run's time when that of its activities is taken away,
and the memory of all processes. Then seven empty steps as a person starts them, from the command to its end: a Temporal workflow,
whose server (database file) and worker stand; ${PEERS.metaflow[0]} and ${PEERS.dagster[0]}, whose local runs keep what they did too and need nothing standing.
Not measured: the start of Temporal and of the worker (seconds, once), several runs at once, servers across a network, steps that carry data.
Memory is the proportional set size: pages that several processes map are divided among them. The process that plays the shop is not counted.`;

export async function run(): Promise<BenchRow[]> {
  const folder = join(packageRoot(), '.cache', 'bench', 'lifecycle');
  await mkdir(folder, { recursive: true });
  const { overheads, peakMegabytes, restMegabytes } = await measureNights(join(folder, 'stack'), openScreen(process.stderr));
  const { ours, metaflow, dagster } = await measureSevenSteps(folder);
  const [first, canary] = overheads;
  return [
    below('orchestration overhead of a run: first version', first!.overhead, 2, 's'),
    below('orchestration overhead of a run: with a canary in three steps', canary!.overhead, 2, 's'),
    fiveTimesFaster('seven empty durable steps, beside Metaflow', ours, metaflow),
    fiveTimesFaster('seven empty durable steps, beside Dagster', ours, dagster),
    below('embedded stack, at rest with two versions served', restMegabytes, 1500, 'MB'),
    below('embedded stack, most during the nights, training included', peakMegabytes, 1500, 'MB'),
  ];
}

const below = (name: string, ours: number, most: number, unit: string): BenchRow => ({
  name,
  ours,
  peer: null,
  ratio: null,
  unit,
  target: `< ${most} ${unit}`,
  pass: ours < most,
});

const fiveTimesFaster = (name: string, ours: number, peer: number): BenchRow => ({
  name,
  ours,
  peer,
  ratio: ours / peer,
  unit: 's',
  target: 'ratio ≤ 0.2',
  pass: ours <= peer / 5,
});
