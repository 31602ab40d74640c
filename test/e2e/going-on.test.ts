import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../support/engines.ts';
import { answeredBy, begin, deliver, endState, trainedIn } from '../support/stack/nights.ts';
import { PATIENCE_SECONDS, startStack, type StackForTests } from '../support/stack/stack.ts';
import { until } from '../support/until.ts';

/** Training takes tens of seconds on so many, so that `down` comes in its middle. */
const PEOPLE = 2000;

describe.skipIf(missing('s3') || missing('temporal'))('after down and up', { timeout: 2 * PATIENCE_SECONDS * 1000 }, () => {
  let stack: StackForTests;
  beforeAll(async () => {
    stack = await startStack(['serves', 'trains']);
  }, PATIENCE_SECONDS * 1000);
  afterAll(() => stack?.close());

  it('what served serves, and a training goes on where it was and ends with the same weights', async () => {
    for (const model of ['serves', 'trains']) await deliver(stack, model, 1, PEOPLE);
    expect(await (await begin(stack, 'serves')).end()).toMatchObject({ outcome: 'promoted', version: 1 });

    const night = await begin(stack, 'trains');
    await until(async () => ((await stack.statusOf('trains'))?.progress?.step ?? 0) > 0, PATIENCE_SECONDS);
    await stack.nightjar('down');
    expect(stack.everyPid()).toEqual([]);
    await stack.nightjar('up', '--detach');

    await until(async () => (await answeredBy(stack, 'serves').catch(() => null)) === 1, PATIENCE_SECONDS);
    expect(await night.end()).toMatchObject({ outcome: 'promoted', version: 1 });
    expect((await trainedIn(stack, 'trains')).resumedAtStep).toBeGreaterThan(0);
    expect(await endState(stack, 'trains')).toEqual(await endState(stack, 'serves'));
  });
});
