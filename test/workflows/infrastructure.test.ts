import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { monitorId, retrainId } from '../../contracts/ids.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { fakeShop, gateOf, policyOf, TRAINED, type Shop } from '../support/fake-shop.ts';
import { startWorld, type World } from '../support/world.ts';

const start = (world: World, shop: Shop): Promise<WorkflowHandle> => {
  world.use(shop.activities);
  return world.env.client.workflow.start('retrain', {
    taskQueue: TASK_QUEUES.orchestrator,
    workflowId: retrainId('m'),
    args: [{ model: 'm', trigger: 'manual' }],
  });
};

const innermost = (error: Error): Error => (error.cause instanceof Error ? innermost(error.cause) : error);

describe('with all pools', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld()));
  afterAll(() => world?.stop());

  test('a step that fails by infrastructure is repeated until it works', async () => {
    let attempts = 0;
    const shop = fakeShop({
      refresh: async () => {
        if (++attempts < 4) throw new Error('the store does not answer');
        return { kind: 'unchanged', snapshot: { digest: 's', trainRows: 1, testRows: 1 }, reason: 'No new data.' };
      },
    });
    expect(await (await start(world, shop)).result()).toMatchObject({ outcome: 'unchanged' });
    expect(attempts).toBe(4);
  });

  test('what no retry can mend fails the run with its type, and what was begun is undone', async () => {
    const shop = fakeShop({
      planRollout: async () => {
        throw ApplicationFailure.create({ message: 'The object store refuses the credentials.', type: 'StoreDenied' });
      },
    });
    const failure = (await (await start(world, shop)).result().catch((error: unknown) => error)) as WorkflowFailedError;
    expect(innermost(failure)).toMatchObject({ type: 'StoreDenied' });
    expect(shop.records).toMatchObject([{ outcome: 'failed', stage: 'rollout', version: 2, reason: 'The object store refuses the credentials.' }]);
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, percent: 0 });
    expect([...shop.servers]).toEqual([1]);
  });

  test('a cancelled run takes its canary back and stops its server', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let watching = false;
    const shop = fakeShop({ watchRollout: async () => ((watching = true), await held, Promise.reject(new Error('not reached'))) });
    const handle = await start(world, shop);
    await expect.poll(() => watching, { timeout: 20_000 }).toBe(true);
    expect(shop.routes()).toMatchObject({ percent: 1 });
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    release();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(shop.records).toMatchObject([{ outcome: 'cancelled', stage: 'rollout', version: 2 }]);
    expect(shop.routes()).toMatchObject({ champion: { version: 1 }, challenger: null, percent: 0 });
    expect([...shop.servers]).toEqual([1]);
  });

  test('a run cancelled in the middle of its promotion finishes it: names follow the traffic, the champion is watched, the record is written', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const shop = fakeShop();
    const { promoteAliases } = shop.activities;
    let naming = false;
    shop.activities.promoteAliases = async (input) => ((naming = true), await held, promoteAliases!(input));
    const handle = await start(world, shop);
    await expect.poll(() => naming, { timeout: 20_000 }).toBe(true);
    await handle.cancel();
    release();
    expect(await handle.result()).toMatchObject({ outcome: 'promoted', version: 2 });
    expect(shop.records).toMatchObject([{ outcome: 'promoted', version: 2 }]);
    expect((await world.env.client.workflow.getHandle(monitorId('m')).describe()).status.name).toBe('RUNNING');
    expect(shop.aliases()).toMatchObject({ champion: 2 });
    expect(shop.routes()).toMatchObject({ champion: { version: 2 }, percent: 0 });
    expect(shop.servers.has(2)).toBe(true);
  });

  test('an undo that fails does not keep the others from running', async () => {
    const shop = fakeShop({
      evaluate: async () => gateOf('pass'),
      watchRollout: async () => Promise.reject(ApplicationFailure.nonRetryable('broken', 'ObjectCorrupt')),
    });
    const { setRoutes } = shop.activities;
    shop.activities.setRoutes = async (wanted) =>
      wanted.percent > 0 ? setRoutes!(wanted) : Promise.reject(ApplicationFailure.nonRetryable('denied', 'StoreDenied'));
    await expect((await start(world, shop)).result()).rejects.toThrow(WorkflowFailedError);
    expect([...shop.servers]).toEqual([1]);
  });
});

describe('without a gpu worker', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld({ without: ['gpu'] })));
  afterAll(() => world?.stop());

  test('a training that nobody takes falls back to the cpu pool and says so', async () => {
    let ranOn = '';
    const shop = fakeShop({ policy: policyOf({ train: { gpuWaitSeconds: 1 } }), train: async () => ((ranOn = 'cpu'), TRAINED) });
    const handle = await start(world, shop);
    expect(await handle.result()).toMatchObject({ outcome: 'promoted' });
    expect(ranOn).toBe('cpu');
    const { events } = await handle.fetchHistory();
    const summaries = events!.map(({ userMetadata }) => userMetadata?.summary?.data).map((data) => (data ? Buffer.from(data).toString() : ''));
    expect(summaries.some((summary) => summary.includes('no gpu worker within 1 s'))).toBe(true);
  });
});
