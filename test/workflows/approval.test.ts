import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Decision, RunStatus } from '../../contracts/messages.ts';
import { retrainId } from '../../contracts/ids.ts';
import type { RunResult } from '../../contracts/runs.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { fakeShop, gateOf, HIT, lookOf, policyOf, type Shop } from '../support/fake-shop.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let handle: WorkflowHandle;
beforeAll(async () => (world = await startWorld()));
afterEach(() => handle.terminate().catch(() => undefined)); // a failed test leaves nothing open for the next
afterAll(() => world?.stop());

/** A run that waits for a person, because the gate finds the challenger too good to be true. */
async function waiting(overrides: Parameters<typeof fakeShop>[0] = {}): Promise<Shop> {
  const shop = fakeShop({ evaluate: async () => gateOf('suspicious'), ...overrides });
  world.use(shop.activities);
  handle = await world.env.client.workflow.start('retrain', {
    taskQueue: TASK_QUEUES.orchestrator,
    workflowId: retrainId('m'),
    args: [{ model: 'm', trigger: 'manual' }],
  });
  await expect.poll(async () => (await status()).waitsFor, { timeout: 20_000 }).not.toBeNull();
  return shop;
}

const status = (): Promise<RunStatus> => handle.query<RunStatus>('status');
const decide = (decision: Decision): Promise<string> => handle.executeUpdate<string, [Decision]>('decide', { args: [decision] });
const result = (): Promise<RunResult> => handle.result() as Promise<RunResult>;
const refusal = (decision: Decision) => decide(decision).catch((error: { cause?: Error }) => error.cause!.message);

describe('a person decides', () => {
  test('approved by update: the rollout follows', async () => {
    await waiting();
    expect(await status()).toMatchObject({ stage: 'approve', version: 2, digest: 'digest-2' });
    expect((await status()).waitsFor).toContain('npx nightjar approve m');
    expect(await decide({ approve: true, digest: 'digest-2', by: 'ada' })).toBe('approved');
    expect(await result()).toMatchObject({ outcome: 'promoted' });
  });

  test('refused by update: nothing is shipped and the reason stays', async () => {
    const shop = await waiting();
    await decide({ approve: false, digest: 'digest-2', by: 'ada', reason: 'looks like a leak' });
    expect(await result()).toMatchObject({ outcome: 'refused', reason: 'Refused by ada: looks like a leak.' });
    expect(shop.percents).toEqual([]);
    expect([...shop.servers]).toEqual([1]);
  });

  test('approved by signal, as the Temporal UI sends it', async () => {
    await waiting();
    await handle.signal('approve', { by: 'ada' });
    expect(await result()).toMatchObject({ outcome: 'promoted' });
  });

  test('refused by a signal without any input', async () => {
    await waiting();
    await handle.signal('refuse');
    expect(await result()).toMatchObject({ outcome: 'refused', reason: 'Refused by signal.' });
  });

  test('expired: nobody came, which is an outcome', async () => {
    const shop = await waiting({ policy: policyOf({ approval: { expiresAfterSeconds: 2 } }) });
    expect(await result()).toMatchObject({ outcome: 'expired' });
    expect(shop.percents).toEqual([]);
    expect(shop.records).toMatchObject([{ outcome: 'expired' }]);
  });

  test('a first version is asked for, and then takes all traffic without a rollout', async () => {
    const shop = await waiting({ champion: null, evaluate: async () => gateOf('first-version') });
    await decide({ approve: true, digest: 'digest-1', by: 'ada' });
    expect(await result()).toMatchObject({ outcome: 'promoted', version: 1, rollout: null });
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, percent: 0 });
  });

  test('while a person is asked about an inconclusive rollout nobody is served by it, and a person may promote it', async () => {
    const policy = policyOf({ approval: { when: 'never' }, rollout: { primary: HIT, expired: 'ask' } });
    const shop = await waiting({ policy, evaluate: async () => gateOf('pass'), watchRollout: async () => lookOf('EXPIRE') });
    expect(shop.percents).toEqual([1, 0]);
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, challenger: null, percent: 0 });
    await decide({ approve: true, digest: 'digest-2', by: 'ada' });
    expect(await result()).toMatchObject({ outcome: 'promoted', rollout: { outcome: 'inconclusive' } });
  });

  test('an inconclusive rollout that a person refuses goes back to the champion', async () => {
    const policy = policyOf({ approval: { when: 'never' }, rollout: { primary: HIT, expired: 'ask' } });
    const shop = await waiting({ policy, evaluate: async () => gateOf('pass'), watchRollout: async () => lookOf('EXPIRE') });
    await decide({ approve: false, digest: 'digest-2', by: 'ada' });
    expect(await result()).toMatchObject({ outcome: 'refused' });
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, challenger: null, percent: 0 });
  });
});

describe('decisions that do not fit are refused and change nothing', () => {
  test('wrong digest, no digest, malformed', async () => {
    await waiting();
    expect(await refusal({ approve: true, digest: 'another', by: 'eve' })).toContain('digest-2 waits');
    expect(await refusal({ approve: true, by: 'eve' })).toContain('names digest none');
    expect(await refusal({} as Decision)).toContain('A decision is');
    await handle.signal('approve', { by: 'eve', digest: 'another' });
    expect((await status()).note).toContain('A signal from eve was not taken');
    expect((await status()).waitsFor).not.toBeNull();
  });

  test('twice: the second is refused, the first stands', async () => {
    await waiting();
    const [first, second] = await Promise.allSettled([
      decide({ approve: false, digest: 'digest-2', by: 'ada' }),
      decide({ approve: true, digest: 'digest-2', by: 'eve' }),
    ]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(await result()).toMatchObject({ outcome: first.status === 'fulfilled' ? 'refused' : 'promoted' });
  });

  test('before anything waits', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const shop = fakeShop({ train: async () => (await held, Promise.reject(new Error('not reached'))) });
    world.use(shop.activities);
    handle = await world.env.client.workflow.start('retrain', {
      taskQueue: TASK_QUEUES.orchestrator,
      workflowId: retrainId('m'),
      args: [{ model: 'm', trigger: 'manual' }],
    });
    expect(await refusal({ approve: true, digest: 'digest-2', by: 'ada' })).toContain('Nothing waits');
    await handle.terminate();
    release();
  });
});

describe('rollback wins every race', () => {
  const rollback = (model = 'm') =>
    world.env.client.workflow.execute('rollback', {
      taskQueue: TASK_QUEUES.orchestrator,
      workflowId: `rollback/${model}`,
      args: [{ model, by: 'ada', reason: 'orders fell' }],
    });

  test('while approval is pending: the run ends as rolled-back and a later approval is refused', async () => {
    const shop = await waiting({
      rollbackTarget: async () => ({ champion: { version: 1, digest: 'digest-1' }, target: { version: 1, digest: 'digest-1' }, seen: { epoch: 1, step: 1 } }),
    });
    expect(await rollback()).toMatchObject({ outcome: 'rolled-back', version: 1 });
    expect(await result()).toMatchObject({ outcome: 'rolled-back', reason: 'Rolled back from version 1 to 1 by ada: orders fell' });
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, owner: expect.stringContaining('rollback/m') });
    expect([...shop.servers]).toEqual([1]);
  });

  test('before its word has reached the run: an approval then ends as rolled-back and moves nothing', async () => {
    const shop = await waiting();
    await shop.activities.sendBack!({ model: 'm', owner: 'rollback/m/r', to: { version: 1, digest: 'digest-1' }, seen: { epoch: 1, step: 1 } });
    await decide({ approve: true, digest: 'digest-2', by: 'ada' });
    expect(await result()).toMatchObject({ outcome: 'rolled-back', reason: 'A newer decision about the traffic stands.' });
    expect(shop.percents).toEqual([]);
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, challenger: null });
    expect([...shop.servers]).toEqual([1]);
  });

  test('a version that does not start keeps nobody from choosing another', async () => {
    let tries = 0;
    world.use(
      fakeShop({
        champion: 3,
        wakeServer: async () => {
          tries++;
          throw ApplicationFailure.create({ message: 'm@2 ended at start.', type: 'ServerNotReady' });
        },
        rollbackTarget: async () => ({ champion: { version: 3, digest: 'd3' }, target: { version: 2, digest: 'd2' }, seen: { epoch: 1, step: 1 } }),
      }).activities,
    );
    await expect(rollback()).rejects.toThrow(WorkflowFailedError);
    expect(tries).toBe(5);
  });

  test('a promotion while the target wakes up counts: the way back is looked up anew', async () => {
    const seen = [
      { epoch: 0, step: 9 },
      { epoch: 1, step: 1 },
    ];
    const asked: number[] = [];
    const shop = fakeShop({
      champion: 3,
      rollbackTarget: async () => {
        const version = 2 - asked.length; // 2, then 1
        asked.push(version);
        return { champion: { version: 3, digest: 'd3' }, target: { version, digest: `d${version}` }, seen: seen[asked.length - 1]! };
      },
    });
    world.use(shop.activities);
    expect(await rollback()).toMatchObject({ outcome: 'rolled-back', version: 1 });
    expect(asked).toEqual([2, 1]);
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, epoch: 2 });
  });

  test('during the rollout: traffic is with the champion, and the fenced run cannot take it again', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let looks = 0;
    const shop = await waiting({ watchRollout: async () => (++looks > 1 && (await held), lookOf('PROMOTE')) });
    await decide({ approve: true, digest: 'digest-2', by: 'ada' });
    await expect.poll(() => looks, { timeout: 20_000 }).toBe(2);
    expect(await rollback()).toMatchObject({ outcome: 'rolled-back', version: 1 });
    expect(await result()).toMatchObject({ outcome: 'rolled-back' });
    release();
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, challenger: null, percent: 0 });
    expect(shop.aliases()).toMatchObject({ champion: 1 });
  });

  test('between traffic and name: goes back to the champion by name, and the fenced promotion moves nothing', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const shop = await waiting();
    const { promoteAliases } = shop.activities;
    let naming = false;
    shop.activities.promoteAliases = async (input) => ((naming = true), await held, promoteAliases!(input));
    await decide({ approve: true, digest: 'digest-2', by: 'ada' });
    await expect.poll(() => naming, { timeout: 20_000 }).toBe(true);
    expect(shop.routes()).toMatchObject({ champion: { version: 2 } });
    expect(await rollback()).toMatchObject({ outcome: 'rolled-back', version: 1 });
    release();
    expect(await result()).toMatchObject({ outcome: 'rolled-back' });
    expect(shop.aliases()).toMatchObject({ champion: 1 });
    expect(shop.routes()).toMatchObject({ champion: { version: 1 } });
    expect([...shop.servers]).toEqual([1]);
  });

  test('after the soak: the version before is woken before it gets traffic', async () => {
    const shop = await waiting();
    await decide({ approve: true, digest: 'digest-2', by: 'ada' });
    expect(await result()).toMatchObject({ outcome: 'promoted' });
    shop.servers.delete(1); // what the monitor does when the soak is over
    expect(await rollback()).toMatchObject({ outcome: 'rolled-back', version: 1 });
    expect([...shop.servers]).toEqual([1]);
    const calls = world.calls.map(({ name }) => name);
    expect(calls.lastIndexOf('wakeServer')).toBeLessThan(calls.lastIndexOf('sendBack'));
  });
});
