import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { fetchDataset } from '../../adapters/dataset/fetch.ts';
import { readMovieLens } from '../../adapters/dataset/movielens.ts';
import { NightjarError } from '../../contracts/errors.ts';
import { withTemporal } from '../connect.ts';
import type { StackFolder } from '../stack/folder.ts';
import { livingStack } from '../stack/record.ts';
import type { Stack } from '../stack/supervisor.ts';
import { bringDown, holdStack } from '../stack/up.ts';
import { duration } from '../table.ts';
import { nightsOf } from './nights.ts';
import type { PlayedNight } from './outcome.ts';
import { playNight, type Stage } from './play.ts';
import { DEMO_POLICY, SEGMENT_SECONDS } from './policy.ts';
import type { Screen } from './screen.ts';

export interface DemoInput {
  seed: number;
  healthy: boolean;
  screen: Screen;
  /** Stops the play; what runs then is left as it is. */
  signal: AbortSignal;
}

/**
 * Brings up a stack that has seen nothing yet: what an earlier demo left in the folder is thrown away, also its processes.
 * The caller stops it. Throws DemoRunning, and what `holdStack` throws.
 */
export async function freshStack(folder: StackFolder, screen: Screen): Promise<Stack> {
  useOwnServersOnly();
  if (livingStack(folder)) throw new NightjarError('DemoRunning', `Folder: ${folder.root}.`);
  await bringDown(folder);
  rmSync(folder.root, { recursive: true, force: true });
  process.env.NIGHTJAR_SEGMENT_SECONDS = String(SEGMENT_SECONDS);
  const began = performance.now();
  screen.say('Bringing up Temporal, S3, four workers and the gateway …');
  const { stack } = await holdStack(folder, {}, screen.say);
  if (!stack) throw new NightjarError('DemoRunning', `Folder: ${folder.root}.`); // another one was quicker
  const { temporalUi, gateway, s3 } = stack.record.urls;
  screen.say(`Up after ${duration(performance.now() - began)}.\n  Temporal UI  ${temporalUi}\n  gateway      ${gateway}\n  S3           ${s3}`);
  return stack;
}

/** The demo must not touch a Temporal or a store that the environment happens to name: a model of the same name may live there. */
function useOwnServersOnly(): void {
  for (const name of ['TEMPORAL_ADDRESS', 'AWS_ENDPOINT_URL_S3', 'NIGHTJAR_BUCKET', 'NIGHTJAR_DATA']) delete process.env[name];
}

/** Plays the four nights on a fresh stack, one after the other. */
export async function playNights(folder: StackFolder, { urls }: Stack['record'], { seed, healthy, screen, signal }: DemoInput): Promise<PlayedNight[]> {
  const movieLens = await readMovieLens(await fetchDataset('movielens-100k', screen.say));
  return withTemporal(folder, async (client) => {
    const stage: Stage = {
      client,
      gateway: urls.gateway,
      temporalUi: urls.temporalUi!,
      data: folder.data,
      movieLens,
      seed,
      policy: DEMO_POLICY,
      command: (words) => commandFor(folder, words),
      screen,
      signal,
    };
    // Calls that are under way when the demo is told to stop end with it: one that retried on the closed connection would end the process.
    return client
      .withAbortSignal(signal, () => playAll(stage, healthy))
      .catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
  });
}

async function playAll(stage: Stage, healthy: boolean): Promise<PlayedNight[]> {
  const played: PlayedNight[] = [];
  for (const night of nightsOf(healthy)) {
    const over = await playNight(stage, night);
    stage.screen.say(describeNight(over));
    played.push(over);
  }
  return played;
}

function describeNight({ result, shop, seconds }: PlayedNight): string {
  const { outcome, version, reason, rollout } = result;
  const lines = [`  → ${outcome}${version === null ? '' : `, version ${version}`} after ${duration(seconds * 1000)}. ${reason}`];
  if (rollout) lines.push(`    It reached ${rollout.exposures.toLocaleString('en-US')} shoppers, at most ${rollout.percent} % of them at a time.`);
  if (shop?.failed) lines.push(`    ${shop.failed} visitors saw an error; the last: ${shop.lastFailure}`);
  return lines.join('\n');
}

export const commandFor = (folder: StackFolder, words: string): string => `npx nightjar ${words} --dir ${relative(process.cwd(), folder.root) || '.'}`;
