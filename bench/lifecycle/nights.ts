import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fetchDataset } from '../../adapters/dataset/fetch.ts';
import { readMovieLens } from '../../adapters/dataset/movielens.ts';
import { packageRoot } from '../../adapters/package-root.ts';
import { withTemporal } from '../../clients/connect.ts';
import { freshStack } from '../../clients/demo/demo.ts';
import { nightsOf } from '../../clients/demo/nights.ts';
import { MODEL, playNight, type Stage } from '../../clients/demo/play.ts';
import { DEMO_POLICY } from '../../clients/demo/policy.ts';
import type { Screen } from '../../clients/demo/screen.ts';
import { stackProcesses } from '../../clients/stack/leftovers.ts';
import { stackFolder, type StackFolder } from '../../clients/stack/folder.ts';
import { megabytesOf } from '../../clients/stack/memory.ts';
import { nightlyId, retrainId, rolloutId } from '../../contracts/ids.ts';
import { overheadSeconds } from './overhead.ts';

export interface MeasuredNights {
  /** Of the first version, and of the one that went through a canary. */
  overheads: ReturnType<typeof overheadSeconds>[];
  /** Most that all processes of the stack held at once, training included; MB. */
  peakMegabytes: number;
  /** After the nights, two versions served; supervisor included; MB. */
  restMegabytes: number;
}

/** Plays the first two nights of the demo on an embedded stack; nobody is asked, for the time of a person is nobody's overhead. */
export async function measureNights(dir: string, screen: Screen): Promise<MeasuredNights> {
  const environment = { ...process.env }; // before the nights' stack is named in it
  const folder = stackFolder(dir);
  const stack = await freshStack(folder, screen);
  const memory = watchMemory(folder);
  let overheads: MeasuredNights['overheads'];
  try {
    const movieLens = await readMovieLens(await fetchDataset('movielens-100k', screen.say));
    overheads = await withTemporal(folder, async (client) => {
      const policy: Stage['policy'] = { ...DEMO_POLICY, approval: { when: 'never' } };
      const { gateway, temporalUi } = stack.record.urls;
      const stage: Stage = {
        client,
        gateway,
        temporalUi: temporalUi!,
        data: folder.data,
        movieLens,
        seed: 1,
        policy,
        command: String,
        screen,
        signal: new AbortController().signal,
      };
      const found: MeasuredNights['overheads'] = [];
      for (const night of nightsOf(false).slice(0, 2)) {
        const { result } = await playNight(stage, night);
        if (result.outcome !== 'promoted') throw new Error(`night ${night.number} ended as ${result.outcome}: ${result.reason}`);
        const ids = [`${nightlyId(MODEL)}/demo-night-${night.number}`, retrainId(MODEL), ...(result.rollout ? [rolloutId(MODEL, result.version!)] : [])];
        found.push(overheadSeconds(await Promise.all(ids.map((id) => client.workflow.getHandle(id).fetchHistory()))));
      }
      return found;
    });
  } finally {
    await memory.stop();
    await stack.stop();
  }
  return { overheads, peakMegabytes: memory.peak(), restMegabytes: await atRest(dir, environment) };
}

const LOOK_EVERY_MS = 500;

function watchMemory(folder: StackFolder): { peak: () => number; stop: () => Promise<void> } {
  let [peak, watching] = [0, true];
  const watch = async () => {
    for (; watching; await sleep(LOOK_EVERY_MS)) peak = Math.max(peak, sum(stackProcesses(folder).map(({ pid }) => megabytesOf(pid))));
  };
  const done = watch();
  return {
    peak: () => peak,
    stop: async () => {
      watching = false;
      await done;
    },
  };
}

const SETTLE_MS = 10_000;

/** As someone finds it who has typed `nightjar up`. */
async function atRest(dir: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const nightjar = async (...words: string[]) =>
    (await promisify(execFile)(process.execPath, [join(packageRoot(), 'bin/nightjar.mjs'), ...words, '--dir', dir, '--json'], { env: environment })).stdout;
  await nightjar('up', '--detach');
  try {
    await sleep(SETTLE_MS); // the model servers are started again by then
    const { processes } = JSON.parse(await nightjar('status')) as { processes: { megabytes: number | null }[] };
    return sum(processes.map(({ megabytes }) => megabytes));
  } finally {
    await nightjar('down');
  }
}

const sum = (values: (number | null)[]): number => values.reduce<number>((total, value) => total + (value ?? 0), 0);
