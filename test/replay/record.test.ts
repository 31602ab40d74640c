import { writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { monitorId, retrainId, rolloutId } from '../../contracts/ids.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { fakeShop, gateOf, lookOf } from '../support/fake-shop.ts';
import { startWorld, type World } from '../support/world.ts';

/**
 * Writes the histories that replay.test.ts replays: `npm run record-histories`, when a change to a workflow ships with `patched()`
 * or when nothing that was recorded can still be open. A failing replay is never mended by recording anew.
 */
describe.runIf(process.env.NIGHTJAR_RECORD === '1')('record', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld()));
  afterAll(() => world?.stop());

  const save = async (name: string, workflowId: string): Promise<void> => {
    const history = await world.env.client.workflow.getHandle(workflowId).fetchHistory();
    await writeFile(new URL(`histories/${name}.json`, import.meta.url), historyToJSON(history));
  };
  const nightly = (id: string) =>
    world.env.client.workflow.execute('nightly', {
      taskQueue: TASK_QUEUES.orchestrator,
      workflowId: `nightly/${id}`,
      args: [{ model: id, trigger: 'schedule' }],
    });

  test('promoted', async () => {
    world.use(fakeShop().activities);
    await nightly('promoted');
    await save('nightly-promoted', 'nightly/promoted');
    await save('retrain-promoted', retrainId('promoted'));
    await save('rollout-promote', rolloutId('promoted', 2));
    await world.env.sleep('10 hours');
    await save('monitor', monitorId('promoted'));
  });

  test('rolled back', async () => {
    world.use(fakeShop({ watchRollout: async () => lookOf('ROLLBACK') }).activities);
    await nightly('harmful');
    await save('retrain-rolled-back', retrainId('harmful'));
    await save('rollout-rolled-back', rolloutId('harmful', 2));
  });

  test('expired, and a rollback', async () => {
    world.use(fakeShop({ evaluate: async () => gateOf('suspicious') }).activities);
    await nightly('expired');
    await save('retrain-expired', retrainId('expired'));
    world.use(
      fakeShop({
        rollbackTarget: async () => ({ champion: { version: 1, digest: 'digest-1' }, target: { version: 1, digest: 'digest-1' }, seen: { epoch: 1, step: 1 } }),
      }).activities,
    );
    await world.env.client.workflow.execute('rollback', {
      taskQueue: TASK_QUEUES.orchestrator,
      workflowId: 'rollback/m',
      args: [{ model: 'm', by: 'ada', reason: 'test' }],
    });
    await save('rollback', 'rollback/m');
  });
});
