import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import type { MonitorObservation } from '../../contracts/activities.ts';
import { monitorId } from '../../contracts/ids.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { fakeShop, policyOf, type Shop } from '../support/fake-shop.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let handle: WorkflowHandle;
beforeAll(async () => (world = await startWorld()));
afterEach(() => handle.terminate().catch(() => undefined));
afterAll(() => world?.stop());

const quiet: MonitorObservation = { until: '', exposures: 1000, drifted: [], logDecay: 0, decayed: false, champion: 1, lastGood: null, promotedAt: null };
const drifting: MonitorObservation = { ...quiet, drifted: [{ column: 'history.length', effect: 0.4, p: 1e-6 }] };

const everyHours = (hours: number): Shop => fakeShop({ policy: policyOf({ monitor: { everySeconds: hours * 3600 } }) });

/** Watches for a simulated time with what each window shows, an hour each unless told otherwise; gives the windows in which a retrain was asked for. */
async function watch(days: number, windowAt: (window: number) => MonitorObservation, shop = everyHours(1)): Promise<{ asked: number[]; looked: number }> {
  let window = 0;
  const asked: number[] = [];
  world.use({
    ...shop.activities,
    observe: async () => windowAt(window++),
    refresh: async () => (asked.push(window), { kind: 'unchanged', snapshot: { digest: 's', trainRows: 1, testRows: 1 }, reason: 'No new data.' }),
  });
  handle = await world.env.client.workflow.start('monitor', { taskQueue: TASK_QUEUES.orchestrator, workflowId: monitorId('m'), args: [{ model: 'm' }] });
  await world.env.sleep(`${days} days`);
  return { asked, looked: window };
}

test('one odd window is not enough; two of three ask once, and then the cool-down holds', async () => {
  const { asked } = await watch(1, (hour) => (hour === 3 || (hour >= 10 && hour < 20) ? drifting : quiet));
  expect(asked).toHaveLength(1);
  expect(asked[0]).toBeGreaterThanOrEqual(11);
});

test('drift that stays asks again only after the cool-down', async () => {
  const { asked } = await watch(3, () => drifting, everyHours(4));
  expect(asked.length).toBeGreaterThanOrEqual(2);
  expect(asked.length).toBeLessThanOrEqual(3);
});

test('decay asks too', async () => {
  const { asked } = await watch(1, () => ({ ...quiet, decayed: true, logDecay: 6 }));
  expect(asked).toHaveLength(1);
});

test('a window that cannot be looked at does not end the watch', async () => {
  const { ApplicationFailure } = await import('@temporalio/common');
  const { looked } = await watch(1, (hour) => {
    if (hour === 3) throw ApplicationFailure.nonRetryable('The definition does not load.', 'InvalidDefinition');
    return quiet;
  });
  expect(looked).toBeGreaterThan(20);
});

test('the soak of the version before ends once: its server is stopped', async () => {
  const shop = everyHours(6);
  const retired: number[][] = [];
  shop.activities.retireServers = async ({ versions }) => (retired.push(versions), { retired: versions });
  await watch(2, () => ({ ...quiet, champion: 2, lastGood: 1, promotedAt: new Date(0).toISOString() }), shop);
  expect(retired).toEqual([[1]]);
});

test('a quiet month asks for nothing; its history starts anew and nothing is forgotten', async () => {
  const { asked, looked } = await watch(30, () => quiet, everyHours(12));
  expect(asked).toEqual([]);
  expect(looked).toBeGreaterThan(30 * 2 - 3);
  const { runId, raw } = await handle.describe();
  expect(runId).toBeTruthy();
  expect(raw.workflowExecutionInfo!.firstRunId ?? '').not.toBe(runId);
  const status = await world.env.client.workflow.getHandle(monitorId('m')).query<{ window: number }>('status');
  expect(status.window).toBe(looked);
});
