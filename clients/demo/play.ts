import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { shoppers, writeNight, type MovieLens, type Slice } from '../../adapters/dataset/movielens.ts';
import { nightlyId } from '../../contracts/ids.ts';
import type { RunStatus } from '../../contracts/messages.ts';
import type { RetrainInput, RunResult } from '../../contracts/runs.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import type { nightly } from '../../workflows/nightly.ts';
import { decide } from '../commands/decide.ts';
import { describeRun } from '../follow-run.ts';
import { liveLook, liveRun } from '../live-run.ts';
import { describeLook } from './look.ts';
import type { Night } from './nights.ts';
import type { PlayedNight } from './outcome.ts';
import type { Screen } from './screen.ts';
import { openShop, type Shop } from './shop.ts';
import { drawVisitor, type Visitor } from './shoppers.ts';

export const MODEL = 'recommendation';

export interface Stage {
  client: Client;
  gateway: string;
  temporalUi: string;
  /** Root of the stack's data; the model's deliveries go into its folder there. */
  data: string;
  movieLens: MovieLens;
  seed: number;
  policy: RetrainInput['policy'];
  /** A command that finds this stack, for a person to copy. */
  command: (words: string) => string;
  screen: Screen;
  signal: AbortSignal;
}

const LOOK_EVERY_MS = 500;
/** Visitors a second while training and tests have the machine … */
const QUIET_PACE = 25;
/** … and while the challenger is tried: what two cores answer, judge and write down without a queue. */
const BUSY_PACE = 250;

/** Plays one night for real: delivers, starts `nightly`, lets visitors come, decides where a person is asked, and waits for the end. */
export async function playNight(stage: Stage, night: Night): Promise<PlayedNight> {
  const { client, screen } = stage;
  const began = performance.now();
  screen.say(`\nNight ${night.number}. ${night.told}`);
  await deliver(stage, night);
  const shop = night.visitors && openShop({ gateway: stage.gateway, model: MODEL, draw: drawing(stage, night, night.visitors) }, QUIET_PACE);
  try {
    const handle = await client.workflow.start<typeof nightly>('nightly', {
      taskQueue: TASK_QUEUES.orchestrator,
      workflowId: `${nightlyId(MODEL)}/demo-night-${night.number}`,
      staticSummary: `night ${night.number} of the demo`,
      args: [{ model: MODEL, trigger: 'manual', seed: stage.seed, policy: stage.policy }],
    });
    const result = await attended(stage, night, shop, handle);
    const seconds = (performance.now() - began) / 1000;
    return { night, result, shop: shop?.tally ?? null, seconds };
  } finally {
    await shop?.close();
  }
}

async function deliver({ movieLens, data, seed }: Stage, { delivered }: Night): Promise<void> {
  if (!delivered) return;
  const { renumbered, ...slice } = delivered;
  await writeNight(movieLens, join(data, MODEL), { ...slice, ...(renumbered && { renumber: { seed } }) });
}

function drawing({ movieLens, seed }: Stage, { number }: Night, slice: Slice): (n: number) => Visitor {
  const people = shoppers(movieLens, slice);
  return (n) => drawVisitor(people, `seed-${seed}/night-${number}`, n);
}

/** Shows the run until it has ended, and does what people do meanwhile: visit and decide. Gives back what it ended with; rejects when the demo is stopped. */
async function attended(stage: Stage, night: Night, shop: Shop | null, handle: WorkflowHandle<typeof nightly>): Promise<RunResult> {
  const over = new AbortController();
  const result = handle.result().finally(() => over.abort());
  result.catch(() => undefined); // a failure is thrown below, when nobody shows anything any more
  const stopped = new Promise<never>((_, reject) => stage.signal.addEventListener('abort', () => reject(stage.signal.reason as Error)));
  const attending = linkToRun(stage, handle, over.signal).then(() => attend(stage, night, shop, over.signal));
  await Promise.race([attending, stopped]);
  return Promise.race([result, stopped]);
}

async function attend(stage: Stage, night: Night, shop: Shop | null, over: AbortSignal): Promise<void> {
  const { client, screen } = stage;
  let decided: string | null = null;
  for (; !over.aborted && !stage.signal.aborted; await pause(over)) {
    const status = await liveRun(client, MODEL).catch(() => null); // too busy to answer: the next look will tell
    if (!status) continue;
    if (status.stage === 'rollout') shop?.setPace(BUSY_PACE);
    if (status.waitsFor && status.digest !== decided) {
      await approve(stage, night, status);
      decided = status.digest;
    } else screen.show(status.stage, `  ${await describe(stage, status, shop)}`);
  }
}

const pause = (over: AbortSignal) => sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);

/** The decision is the Update that `nightjar approve` sends. */
async function approve({ client, screen, command }: Stage, { approves }: Night, { digest, note, version }: RunStatus): Promise<void> {
  screen.say(`  Version ${version} waits for a person. ${note}`);
  screen.say(`  The demo approves, as you would by \`${command(`approve ${MODEL}`)}\`: ${approves}`);
  await decide(client, MODEL, { approve: true, digest: digest!, by: 'the demo', reason: approves });
}

async function describe({ client }: Stage, status: RunStatus, shop: Shop | null): Promise<string> {
  if (status.stage !== 'rollout' || status.version === null || !shop) return describeRun(status);
  return `${describeRun(status)} · ${describeLook(await liveLook(client, MODEL, status.version), shop.tally)}`;
}

/** The very run: its story, its evidence and what it waits for stand on this page. */
async function linkToRun({ client, temporalUi, screen }: Stage, handle: WorkflowHandle, over: AbortSignal): Promise<void> {
  for (let last = false; !last; await pause(over)) {
    last = over.aborted; // a short night may be over before the first look
    const { events } = await handle.fetchHistory();
    const run = events!.flatMap(({ childWorkflowExecutionStartedEventAttributes: child }) => child?.workflowExecution ?? [])[0];
    if (run) return screen.say(`  ${temporalUi}/namespaces/${client.options.namespace}/workflows/${encodeURIComponent(run.workflowId!)}/${run.runId}`);
  }
}
