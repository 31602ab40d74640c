import { defaultPayloadConverter } from '@temporalio/common';
import { readJson } from '../../../adapters/objects.ts';
import { writeCsv } from '../../../adapters/dataset/csv.ts';
import { stackProcesses } from '../../../clients/stack/leftovers.ts';
import { aliasesOf, routesOf, runsOf, versionsOf } from '../../../adapters/registry.ts';
import type { BundleManifest } from '../../../contracts/bundle.ts';
import { keys, nightlyId, retrainId } from '../../../contracts/ids.ts';
import type { RetrainInput, RunResult, Trained } from '../../../contracts/runs.ts';
import { TASK_QUEUES } from '../../../contracts/task-queues.ts';
import { seededRandom } from '../../../domain/random.ts';
import type { nightly } from '../../../workflows/nightly.ts';
import type { StackForTests } from './stack.ts';

const ITEMS = 120;

/**
 * Given: what the shop delivers for a night. Another `day`, other people; the same day for two models is the same data.
 * @param people 150 are learned from in a second or two
 */
export async function deliver({ folder }: StackForTests, model: string, day: number, people = 150): Promise<void> {
  const random = seededRandom(day);
  const rows = Array.from({ length: people }, (_, person) => {
    const first = random.below(ITEMS);
    return Array.from({ length: 15 + random.below(20) }, (_step, place) => [`u${person}`, `i${(first + place) % ITEMS}`, place] as const);
  }).flat();
  await writeCsv(`${folder.data}/${model}/taken/taken.csv`, ['user', 'item', 'place'], rows);
}

export interface Night {
  end(): Promise<RunResult>;
}

/** When: a night begins, as a schedule would begin it. */
export async function begin({ client }: StackForTests, model: string, input: Partial<RetrainInput> = {}): Promise<Night> {
  const handle = await client.workflow.start<typeof nightly>('nightly', {
    taskQueue: TASK_QUEUES.orchestrator,
    workflowId: `${nightlyId(model)}/${new Date().toISOString()}`,
    args: [{ model, trigger: 'schedule', ...input }],
  });
  return { end: () => handle.result() };
}

/** Then: what is left of a model when everything has come to rest; nothing in it depends on when or how often something was done. */
export async function endState(stack: StackForTests, model: string) {
  const { store } = stack;
  const [aliases, routes, runs, versions] = await Promise.all([
    aliasesOf(store, model),
    routesOf(store, model),
    runsOf(store, model),
    versionsOf(store, model),
  ]);
  return {
    runs: runs.map(({ outcome, version, stage }) => ({ outcome, version, stage })),
    versions: versions.map(({ version }) => version),
    aliases: aliases && { champion: aliases.champion, lastGood: aliases.lastGood },
    traffic: routes && {
      epoch: routes.epoch,
      champion: routes.champion?.version,
      challenger: routes.challenger?.version,
      warm: routes.warm?.version,
      percent: routes.percent,
    },
    weights: await weightsOf(
      stack,
      versions.map(({ digest }) => digest),
    ),
    servers: serversOf(stack, model),
    answeredBy: await answeredBy(stack, model),
  };
}

/** sha256 of `weights.bin` of each bundle. */
async function weightsOf({ store }: StackForTests, digests: string[]): Promise<string[]> {
  const manifests = await Promise.all(digests.map((digest) => readJson<BundleManifest>(store, `${keys.bundle(digest)}/manifest.json`)));
  return manifests.map((manifest) => manifest!.files.find(({ path }) => path === 'weights.bin')!.sha256);
}

/** Versions that a process serves, one entry per process. */
export const serversOf = ({ folder }: StackForTests, model: string): number[] =>
  stackProcesses(folder)
    .flatMap(({ command }) => new RegExp(`--model ${model} --version (\\d+)`).exec(command)?.[1] ?? [])
    .map(Number)
    .sort();

/** The version that answers a shop now, and null when none does. */
export async function answeredBy(stack: StackForTests, model: string, user = 'someone'): Promise<number | null> {
  const answer = await predict(stack, model, user);
  return answer.ok ? Number(answer.headers.get('x-nightjar-version')) : null;
}

export const predict = (stack: StackForTests, model: string, user: string): Promise<Response> =>
  post(`${stack.gateway}/v1/models/${model}:predict`, { instances: [{ user, history: ['i1', 'i2'] }] });

export const feedback = (stack: StackForTests, model: string, unit: string): Promise<Response> =>
  post(`${stack.gateway}/v1/feedback`, { model, unit, name: 'hit' });

const post = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(30_000) });

/** What the training of the model's last night ended with, as its history tells. */
export async function trainedIn({ client }: StackForTests, model: string): Promise<Trained> {
  const { events } = await client.workflow.getHandle(retrainId(model)).fetchHistory();
  const scheduled = events!.find(({ activityTaskScheduledEventAttributes: each }) => each?.activityType?.name === 'train')!;
  const completed = events!.find(({ activityTaskCompletedEventAttributes: each }) => each && Number(each.scheduledEventId) === Number(scheduled.eventId))!;
  return defaultPayloadConverter.fromPayload<Trained>(completed.activityTaskCompletedEventAttributes!.result!.payloads![0]!);
}
