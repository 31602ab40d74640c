import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CrashPlan } from '../../adapters/crash-points.ts';
import { missing } from '../support/engines.ts';
import { begin, deliver, endState, trainedIn, type Night } from '../support/stack/nights.ts';
import { PATIENCE_SECONDS, startStack, type Part, type StackForTests } from '../support/stack/stack.ts';

interface Race {
  killed: string;
  model: string;
  at: string;
  times?: number;
  /** Left out: whoever comes to that point. */
  part?: Part;
}

/**
 * Whoever dies here is missed only when its answer is late, so these nights wait side by side. From a night's last step to its first: what is
 * repeated for one night then never comes to the point that is planned for the next.
 */
const MISSED_LATE: Race[] = [
  { killed: 'the cpu worker between the move of the aliases and its answer', model: 'aliases', at: 'aliases-after-change' },
  { killed: 'the deploy worker between the change of the traffic and its record', model: 'traffic', at: 'traffic-after-change' },
  { killed: 'the deploy worker when it has just started a model server', model: 'server', at: 'server-after-start' },
  { killed: 'the cpu worker between the version and its answer', model: 'version', at: 'version-after-record' },
  { killed: 'the gpu worker mid-epoch', model: 'gpu-worker', at: 'training-step-250', part: 'worker-gpu' },
];

const NOTICED_AT_ONCE: Race[] = [
  { killed: 'the trainer mid-epoch', model: 'trainer', at: 'training-step-250' },
  { killed: 'the trainer between the shards and the manifest', model: 'manifest', at: 'checkpoint-before-manifest', times: 3 },
  { killed: 'the orchestrator mid-epoch', model: 'orchestrator', at: 'training-step-250', part: 'worker-orchestrator' },
  { killed: 'the S3 server between two files of a bundle', model: 's3', at: 'bundle-between-files', part: 's3' },
  { killed: 'the Temporal server between a bundle and its version', model: 'temporal', at: 'bundle-after-manifest', part: 'temporal' },
];

const MODELS = ['undisturbed', 'everything', ...[...MISSED_LATE, ...NOTICED_AT_ONCE].map(({ model }) => model)];
const RESUMED = ['gpu-worker', 'trainer', 'manifest'];

/** Each night is a model's first, on the same data and with the same seed; whatever is killed, it ends as the undisturbed one. */
describe.skipIf(missing('s3') || missing('temporal'))('a night ends as if nothing had happened, killed:', { timeout: 4 * PATIENCE_SECONDS * 1000 }, () => {
  let stack: StackForTests;
  let undisturbed: Awaited<ReturnType<typeof endState>>;
  const ended = ['undisturbed'];

  beforeAll(async () => {
    stack = await startStack(MODELS);
    await (await givenANight('undisturbed')).end();
    undisturbed = await endState(stack, 'undisturbed');
    expect(undisturbed).toMatchObject({ runs: [{ outcome: 'promoted', version: 1 }], aliases: { champion: 1, lastGood: null }, servers: [1], answeredBy: 1 });
  }, PATIENCE_SECONDS * 1000);
  afterAll(() => stack?.close());

  async function givenANight(model: string): Promise<Night> {
    await deliver(stack, model, 1);
    return await begin(stack, model);
  }

  async function whenKilled({ model, at, times, part }: Race): Promise<Night> {
    await stack.whole();
    const crash: CrashPlan = { at, ...(times && { times }), ...(part && { kill: [stack.pidOf(part)] }) };
    const planned = stack.plan(crash);
    const night = await givenANight(model);
    await planned.happened();
    return night;
  }

  async function thenItEndsAsTheUndisturbed(model: string, night: Night): Promise<void> {
    await night.end();
    ended.push(model);
    expect(await endState(stack, model)).toEqual(undisturbed);
    if (RESUMED.includes(model)) expect((await trainedIn(stack, model)).resumedAtStep).toBeGreaterThan(0);
  }

  const inTurn = turns();
  for (const race of MISSED_LATE)
    it.concurrent(race.killed, async () => {
      const night = await inTurn(() => whenKilled(race));
      await thenItEndsAsTheUndisturbed(race.model, night);
    });

  for (const race of NOTICED_AT_ONCE)
    it(race.killed, async () => {
      await thenItEndsAsTheUndisturbed(race.model, await whenKilled(race));
    });

  it('everything at once, between the move of the aliases and its answer', async () => {
    const planned = stack.plan({ at: 'aliases-after-change', kill: stack.everyPid() });
    const night = await givenANight('everything');
    await planned.happened();
    for (const pid of stack.everyPid()) process.kill(pid, 'SIGKILL'); // the one who carried the plan out could not finish it
    await stack.nightjar('up', '--detach');
    await thenItEndsAsTheUndisturbed('everything', night);
    for (const model of ended) expect(await endState(stack, model)).toEqual(undisturbed);
  });
});

/** Runs one after the other what is asked for at the same time. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}
