import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RetrainInput, RunResult } from '../../contracts/runs.ts';
import { retrainId, rolloutId } from '../../contracts/ids.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { fakeShop, gateOf, HIT, lookOf, policyOf, type Shop } from '../support/fake-shop.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world?.stop());

async function retrain(shop: Shop, input: Partial<RetrainInput> = {}): Promise<RunResult> {
  world.use(shop.activities);
  const model = input.model ?? 'm';
  return world.env.client.workflow.execute('retrain', {
    taskQueue: TASK_QUEUES.orchestrator,
    workflowId: retrainId(model),
    workflowIdConflictPolicy: 'TERMINATE_EXISTING', // what another test left open is its failure alone
    args: [{ model, trigger: 'manual', ...input }],
  });
}

describe('every way to end without a person', () => {
  test('promoted: a proven challenger takes the traffic step by step, then the names', async () => {
    const shop = fakeShop();
    const result = await retrain(shop);
    expect(result).toMatchObject({ outcome: 'promoted', version: 2 });
    expect(shop.aliases()).toMatchObject({ champion: 2, lastGood: 1 });
    expect(shop.routes()).toMatchObject({ champion: { version: 2 }, challenger: null, percent: 0, warm: { version: 1 } });
    expect(shop.percents).toEqual([1, 5, 10, 25, 50, 0]);
    expect(shop.records).toMatchObject([{ outcome: 'promoted', trigger: 'manual' }]);
  });

  test('unchanged: nothing new is trained on', async () => {
    const shop = fakeShop({ refresh: async () => ({ kind: 'unchanged', snapshot: { digest: 's', trainRows: 1, testRows: 1 }, reason: 'No new data.' }) });
    expect(await retrain(shop)).toMatchObject({ outcome: 'unchanged', version: null });
    expect(world.calls.map(({ name }) => name)).not.toContain('train');
  });

  test('invalid-data: the batch is quarantined and the rule is named', async () => {
    const anomaly = { rule: 'unique', table: 'ratings', column: 'id', rows: 3, of: 10, examples: [], message: 'ratings.id: 3 of 10 rows repeat a value.' };
    const shop = fakeShop({ refresh: async () => ({ kind: 'invalid', anomalies: [anomaly], quarantine: 'quarantine/m/r' }) });
    const result = await retrain(shop);
    expect(result.outcome).toBe('invalid-data');
    expect(result.reason).toContain('ratings.id: 3 of 10');
    expect(result.reason).toContain('quarantine/m/r');
  });

  test('rejected: by the gate', async () => {
    const shop = fakeShop({ evaluate: async () => gateOf('reject') });
    expect(await retrain(shop)).toMatchObject({ outcome: 'rejected', version: null });
    expect(shop.percents).toEqual([]);
  });

  test('rejected: an inconclusive gate never passes by itself', async () => {
    const shop = fakeShop({ evaluate: async () => gateOf('inconclusive') });
    expect(await retrain(shop)).toMatchObject({ outcome: 'rejected' });
  });

  test('rejected: too slow in a real server, and the server is stopped again', async () => {
    const shop = fakeShop({ policy: policyOf({ gate: { maxP99Milliseconds: 1 } }) });
    const result = await retrain(shop);
    expect(result).toMatchObject({ outcome: 'rejected', version: 2 });
    expect(result.reason).toContain('p99');
    expect([...shop.servers]).toEqual([1]);
  });

  test('rolled-back: harm sends all traffic back and says how many units it reached', async () => {
    let looks = 0;
    const shop = fakeShop({ watchRollout: async () => lookOf(++looks > 2 ? 'ROLLBACK' : 'PROMOTE', 250) });
    const result = await retrain(shop);
    expect(result).toMatchObject({ outcome: 'rolled-back', rollout: { exposures: 250, percent: 10 } });
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, challenger: null, percent: 0 });
    expect(shop.aliases()).toMatchObject({ champion: 1 });
    expect([...shop.servers]).toEqual([1]);
  });

  test('inconclusive: a rollout out of time goes back', async () => {
    const shop = fakeShop({ watchRollout: async () => lookOf('EXPIRE') });
    expect(await retrain(shop)).toMatchObject({ outcome: 'inconclusive' });
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, percent: 0 });
  });

  test('inconclusive: INVALID never promotes, however long it lasts', async () => {
    const steps = [{ percent: 10, maxSeconds: 0 }];
    const shop = fakeShop({ policy: policyOf({ rollout: { primary: HIT, steps, expired: 'ask' } }), watchRollout: async () => lookOf('INVALID') });
    expect(await retrain(shop)).toMatchObject({ outcome: 'inconclusive' });
    expect(shop.aliases()).toMatchObject({ champion: 1 });
  });

  test('inconclusive: a rollout that could not end in its time is refused before any unit is touched', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    const shop = fakeShop({
      planRollout: async () => {
        throw ApplicationFailure.nonRetryable('It would take 900 hours.', 'PlanTooLong');
      },
    });
    expect(await retrain(shop)).toMatchObject({ outcome: 'inconclusive', reason: 'It would take 900 hours.' });
    expect(shop.percents.filter((percent) => percent > 0)).toEqual([]);
  });

  test('a look without a verdict is followed by another', async () => {
    let looks = 0;
    const shop = fakeShop({ watchRollout: async () => lookOf(++looks % 3 ? 'EXTEND' : 'PROMOTE') });
    expect(await retrain(shop)).toMatchObject({ outcome: 'promoted' });
    expect(looks).toBe(15);
  });

  test('a rollout that is looked at for weeks continues as new at the same share', async () => {
    let looks = 0;
    const steps = [{ percent: 10 }, { percent: 50 }];
    const shop = fakeShop({ policy: policyOf({ rollout: { primary: HIT, steps } }), watchRollout: async () => lookOf(++looks < 120 ? 'EXTEND' : 'PROMOTE') });
    expect(await retrain(shop)).toMatchObject({ outcome: 'promoted' });
    expect(shop.percents).toEqual([10, 50, 0]);
    const { raw } = await world.env.client.workflow.getHandle(rolloutId('m', 2)).describe();
    expect(raw.workflowExecutionInfo!.firstRunId).not.toBe(raw.workflowExecutionInfo!.execution!.runId);
  });

  test('the version before the one before is stopped when it is no way back any more', async () => {
    const shop = fakeShop();
    await retrain(shop);
    expect([...shop.servers].sort()).toEqual([1, 2]);
    await retrain(shop);
    expect([...shop.servers].sort()).toEqual([2, 3]);
  });

  test('rejected: a server that never becomes ready is an answer, not a wait without end', async () => {
    const { ApplicationFailure } = await import('@temporalio/common');
    let tries = 0;
    const shop = fakeShop({
      ensureServer: async () => {
        tries++;
        throw ApplicationFailure.create({ message: 'm@2 did not answer.', type: 'ServerNotReady' });
      },
    });
    expect(await retrain(shop)).toMatchObject({ outcome: 'rejected', reason: 'm@2 did not answer.' });
    expect(tries).toBe(5);
  });

  test('already-running: a second night does not start a second retrain', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const shop = fakeShop({
      refresh: async () => (await held, { kind: 'unchanged', snapshot: { digest: 's', trainRows: 1, testRows: 1 }, reason: 'No new data.' }),
    });
    world.use(shop.activities);
    const nightly = (workflowId: string) =>
      world.env.client.workflow.start('nightly', { taskQueue: TASK_QUEUES.orchestrator, workflowId, args: [{ model: 'm', trigger: 'schedule' }] });
    const first = await nightly('nightly/m-1');
    await expect.poll(() => world.calls.some(({ name }) => name === 'refresh'), { timeout: 20_000 }).toBe(true);
    expect(await (await nightly('nightly/m-2')).result()).toMatchObject({ outcome: 'already-running' });
    release();
    expect(await first.result()).toMatchObject({ outcome: 'unchanged' });
  });
});
