import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../contracts/ids.ts';
import type { Exposure } from '../../contracts/events.ts';
import type { PolicyInput } from '../../contracts/policy.ts';
import { decodeState } from '../../domain/rollout/state.ts';
import { unitHash } from '../../domain/split.ts';
import { missing } from '../support/engines.ts';
import { storedEvents, storedSegments } from '../support/serving/events.ts';
import { answeredBy, begin, deliver, endState } from '../support/stack/nights.ts';
import { openShop } from '../support/stack/shoppers.ts';
import { PATIENCE_SECONDS, startStack, type StackForTests } from '../support/stack/stack.ts';
import { until } from '../support/until.ts';

/** Wide margins and one share: the verdict comes after some hundred visitors. What it proves is the judge's own tests' matter. */
const QUICK: Partial<PolicyInput> = {
  rollout: {
    primary: { name: 'hit', kind: 'rate', good: true },
    steps: [{ percent: 50, minDwellSeconds: 0, minUnits: 100, maxSeconds: 3600 }],
    marginOdds: 9,
    marginRate: 0.5,
    unitWindowSeconds: 0.5,
    lookEverySeconds: 0.5,
    graceSeconds: 3600,
    expectedUnitsPerHour: 1e6,
  },
};
const MODELS = ['asked', 'proven', 'stormy', 'worse'];
/** How a model stands whose second version was proven, as an undisturbed night leaves it. */
const PROMOTED = {
  runs: [
    { outcome: 'promoted', version: 2 },
    { outcome: 'promoted', version: 1 },
  ],
  versions: [2, 1],
  aliases: { champion: 2, lastGood: 1 },
  traffic: { epoch: 2, champion: 2, warm: 1, percent: 0 },
  servers: [1, 2],
  answeredBy: 2,
};
const EVERY_OTHER = (_version: number, nth: number): boolean => nth % 2 === 0;

describe.skipIf(missing('s3') || missing('temporal'))('on the way to users, killed:', { timeout: 2 * PATIENCE_SECONDS * 1000 }, () => {
  let stack: StackForTests;

  beforeAll(async () => {
    stack = await startStack(MODELS);
    for (const model of MODELS) await deliver(stack, model, 1);
    const first = await Promise.all(MODELS.slice(1).map((model) => begin(stack, model)));
    for (const night of first) expect(await night.end()).toMatchObject({ outcome: 'promoted', version: 1 });
  }, PATIENCE_SECONDS * 1000);
  afterAll(() => stack?.close());

  it('everything at once, while a person is asked: the answer is taken when the stack is up again', async () => {
    const night = await begin(stack, 'asked', { policy: { approval: { when: 'always' } } });
    await until(async () => (await stack.statusOf('asked'))?.waitsFor != null, PATIENCE_SECONDS);
    for (const pid of stack.everyPid()) process.kill(pid, 'SIGKILL');
    await stack.nightjar('up', '--detach');
    await stack.nightjar('approve', 'asked', '--reason', 'seen before the crash');
    expect(await night.end()).toMatchObject({ outcome: 'promoted', version: 1 });
    expect(await endState(stack, 'asked')).toMatchObject({ versions: [1], aliases: { champion: 1, lastGood: null }, servers: [1], answeredBy: 1 });
  });

  it('the deploy worker between the change of a share and its record, then the cpu worker between folding events and the verdict: proven, no unit counted twice', async () => {
    await deliver(stack, 'proven', 2);
    const share = stack.plan({ at: 'traffic-after-change' });
    const night = await begin(stack, 'proven', { policy: QUICK });
    const shop = openShop(stack, 'proven', 'guest', EVERY_OTHER);
    await share.happened();
    await stack.plan({ at: 'rollout-after-fold' }).happened();
    expect(await night.end()).toMatchObject({ outcome: 'promoted', version: 2 });
    await shop.leave();
    expect(await endState(stack, 'proven')).toMatchObject(PROMOTED);
    await countedOnce('proven@2', 'proven');
  });

  it('everything at once, in the middle of a canary: proven all the same', async () => {
    await deliver(stack, 'stormy', 2);
    const night = await begin(stack, 'stormy', { policy: QUICK });
    const shop = openShop(stack, 'stormy', 'guest', EVERY_OTHER);
    await until(() => shop.answers.has(2), PATIENCE_SECONDS);
    for (const pid of stack.everyPid()) process.kill(pid, 'SIGKILL');
    await stack.nightjar('up', '--detach');
    expect(await night.end()).toMatchObject({ outcome: 'promoted', version: 2 });
    await shop.leave();
    expect(await endState(stack, 'stormy')).toMatchObject(PROMOTED);
    await countedOnce('stormy@2', 'stormy');
  });

  it('the deploy worker between sending traffic back and its record: the worse version is gone', async () => {
    await deliver(stack, 'worse', 2);
    const night = await begin(stack, 'worse', { policy: QUICK });
    const shop = openShop(stack, 'worse', 'guest', (version) => version === 1);
    await until(() => shop.answers.has(2), PATIENCE_SECONDS);
    await stack.plan({ at: 'traffic-after-change' }).happened();
    expect(await night.end()).toMatchObject({ outcome: 'rolled-back', version: 2 });
    await shop.leave();
    expect(await endState(stack, 'worse')).toMatchObject({
      runs: [
        { outcome: 'rolled-back', version: 2 },
        { outcome: 'promoted', version: 1 },
      ],
      versions: [2, 1],
      aliases: { champion: 1, lastGood: null },
      traffic: { epoch: 2, champion: 1, percent: 0 },
      servers: [1],
      answeredBy: 1,
    });
  });

  it('the gateway, again and again under load: no acknowledged reward is lost, none is doubled', async () => {
    const shop = openShop(stack, 'worse', 'regular', () => true);
    for (let life = 1; life <= 3; life++) {
      await until(() => shop.rewarded.length > 200 * life, PATIENCE_SECONDS);
      process.kill(stack.pidOf('gateway'), 'SIGKILL');
      await stack.whole();
    }
    await shop.leave();
    const acknowledged = new Set(shop.rewarded.map(unitHash));
    const stored = async () =>
      (await storedEvents(stack.store, 'worse')).flatMap(({ kind, unit }) => (kind === 'reward' && acknowledged.has(unit) ? [unit] : []));
    await until(async () => new Set(await stored()).size === acknowledged.size, PATIENCE_SECONDS);
    expect(await stored()).toHaveLength(acknowledged.size);
  });

  it('the way back: when the command has ended the shop is served by the version before', async () => {
    expect(await answeredBy(stack, 'proven')).toBe(2);
    const { trafficBackSeconds } = (await stack.nightjar('rollback', 'proven', '--reason', 'to measure it')) as { trafficBackSeconds: number };
    expect(await answeredBy(stack, 'proven')).toBe(1);
    expect(await endState(stack, 'proven')).toMatchObject({ versions: [2, 1], aliases: { champion: 1, lastGood: null }, traffic: { champion: 1, percent: 0 } });
    process.stdout.write(`rollback: traffic back ${trafficBackSeconds.toFixed(2)} s after the command\n`);
  });

  /** The judge's own counts against the events up to where it has read. */
  async function countedOnce(rollout: string, model: string): Promise<void> {
    const { cursors, counts } = decodeState((await stack.store.get(keys.rolloutState(rollout)))!.body.toString());
    const read = (await storedSegments(stack.store, model)).filter(({ key, summary }) => key <= (cursors[summary.gateway] ?? ''));
    const served = read.flatMap(({ events }) => events).filter((event): event is Exposure => event.kind === 'exposure' && event.rollout === rollout);
    const units = (arm: string) => new Set(served.filter((event) => event.arm === arm).map(({ unit }) => unit)).size;
    expect(counts.served).toEqual({ champion: units('champion'), challenger: units('challenger') });
  }
});
