import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unitHash, splitPoint } from '../../domain/split.ts';
import { memoryStore } from '../support/memory-store.ts';
import { storedEvents, storedSegments } from '../support/serving/events.ts';
import { feedbackTo, predictWith, servingWorld } from '../support/serving/in-process.ts';
import { putRoutes } from '../support/serving/tiny-bundle.ts';

let store: ReturnType<typeof memoryStore>;
let world: ReturnType<typeof servingWorld>;
beforeEach(() => {
  store = memoryStore();
  world = servingWorld(store);
});
afterEach(() => world.end());

const rollout = { rollout: 'tiny@2', percent: 30 };
const inChallenger = (customer: string, percent = 30) => splitPoint('tiny@2', unitHash(customer)) < percent / 100;

it('serves the champion and logs who was served', async () => {
  const { arm } = await world.server(1, { slope: 2 });
  await putRoutes(store, arm);
  const gateway = await world.gateway();
  const answer = await predictWith(gateway, { customer: 'ann', x: 4 });
  expect(answer.json()).toEqual({ predictions: [{ score: 8 }] });
  expect(answer.headers).toMatchObject({ 'x-nightjar-version': '1', 'x-nightjar-arm': 'champion' });

  const id = answer.headers['x-nightjar-prediction'] as string;
  expect((await feedbackTo(gateway, { model: 'tiny', unit: 'ann', name: 'hit', id })).json()).toEqual({ accepted: 1 });
  await feedbackTo(gateway, [
    { model: 'tiny', unit: 'ann', name: 'revenue', value: 9.5 },
    { model: 'tiny', unit: 7, name: 'hit' },
  ]);
  await gateway.close();

  const [segment, ...others] = await storedSegments(store);
  expect(others).toEqual([]);
  const unit = unitHash('ann');
  expect(segment!.events).toMatchObject([
    { kind: 'exposure', id, unit, rollout: null, arm: 'champion', version: 1, share: 0, status: 'ok' },
    { kind: 'reward', id, unit, name: 'hit', value: 1 },
    { kind: 'reward', id: null, unit, name: 'revenue', value: 9.5 },
    { kind: 'reward', unit: unitHash('7'), name: 'hit', value: 1 },
  ]);
  expect(JSON.stringify(segment!.events)).not.toContain('ann');
  expect(segment!.summary).toMatchObject({
    model: 'tiny',
    sequence: 1,
    events: 4,
    exposures: { champion: { count: 1, errors: 0, timeouts: 0, version: 1 } },
    rewards: { hit: { count: 2, sum: 2 }, revenue: { count: 1, sum: 9.5 } },
  });
  expect(segment!.summary.columns.x).toMatchObject({ kind: 'numeric', count: 1 });
  expect(segment!.summary.columns.score).toMatchObject({ kind: 'numeric', count: 1 });
  expect(segment!.summary.columns).not.toHaveProperty('customer');
});

it('splits by unit, sticky, and each instance by its own unit', async () => {
  const champion = await world.server(1, { slope: 1 });
  const challenger = await world.server(2, { slope: -1 });
  await putRoutes(store, champion.arm, { challenger: challenger.arm, ...rollout });
  const gateway = await world.gateway();
  const customers = Array.from({ length: 200 }, (_, i) => `customer-${i}`);

  const together = await predictWith(gateway, ...customers.map((customer) => ({ customer, x: 1 })));
  const expected = customers.map((customer) => ({ score: inChallenger(customer) ? -1 : 1 }));
  expect(together.json().predictions).toEqual(expected);
  for (const customer of customers.slice(0, 20)) {
    const answer = await predictWith(gateway, { customer, x: 1 });
    expect(answer.headers['x-nightjar-arm']).toBe(inChallenger(customer) ? 'challenger' : 'champion');
  }
  await gateway.close();
  const exposures = (await storedEvents(store)).filter((event) => event.kind === 'exposure');
  expect(exposures).toHaveLength(220);
  for (const event of exposures) expect(event).toMatchObject({ rollout: 'tiny@2', share: 0.3, version: event.arm === 'challenger' ? 2 : 1 });
});

it('follows a change of traffic, a ramp only adding units, and ends a segment when an arm changes its version', async () => {
  const champion = await world.server(1, { slope: 1 });
  const challenger = await world.server(2, { slope: -1 });
  await putRoutes(store, champion.arm, { challenger: challenger.arm, ...rollout });
  const gateway = await world.gateway();
  await predictWith(gateway, { customer: 'ann', x: 1 });

  await putRoutes(store, challenger.arm, { step: 2, warm: champion.arm });
  await vi.waitFor(async () => expect((await gateway.inject('/v1/models/tiny')).json()).toMatchObject({ percent: 0, routes: { step: 2 } }));
  const answer = await predictWith(gateway, { customer: 'bob', x: 1 });
  expect(answer.headers).toMatchObject({ 'x-nightjar-version': '2', 'x-nightjar-arm': 'champion' });
  await predictWith(gateway, { customer: 'cid', x: 1 });
  await gateway.close();
  const versions = (await storedSegments(store)).map(({ summary }) => summary.exposures.champion?.version ?? summary.exposures.challenger?.version);
  expect(versions.at(-1)).toBe(2);
  expect(versions.length).toBeGreaterThan(1);
});

it('while a rollout runs, segments without events tell readers how far the time has come', async () => {
  const champion = await world.server(1);
  const challenger = await world.server(2);
  await putRoutes(store, champion.arm, { challenger: challenger.arm, ...rollout });
  const gateway = await world.gateway({ segmentSeconds: 0.02 });
  await vi.waitFor(async () => expect((await storedSegments(store)).length).toBeGreaterThan(3));
  await gateway.close();
  const summaries = (await storedSegments(store)).map(({ summary }) => summary);
  expect(summaries.map(({ sequence }) => sequence)).toEqual(summaries.map((_, i) => i + 1));
  for (const [i, summary] of summaries.entries()) {
    expect(summary.events).toBe(0);
    if (i > 0) expect(summary.fromMilliseconds).toBe(summaries[i - 1]!.toMilliseconds + 1);
  }
});

it('shows its models, their traffic and an example', async () => {
  const { arm } = await world.server(1);
  const gateway = await world.gateway();
  await putRoutes(store, arm, { percent: 0 });
  expect((await gateway.inject('/v1/models')).json()).toMatchObject({ models: [{ model: 'tiny', percent: 0, routes: { champion: arm } }] });
  const page = (await gateway.inject('/v1/models/tiny')).json();
  expect(page).toMatchObject({
    model_version_status: [{ version: '1', state: 'AVAILABLE' }],
    example: { customer: 'c1', x: 2 },
    signature: { unit: 'customer' },
  });
  expect((await predictWith(gateway, page.example)).statusCode).toBe(200);
  const probe = await gateway.inject({ method: 'POST', url: '/v1/models/tiny/versions/1:predict', payload: JSON.stringify({ instances: [page.example] }) });
  expect(probe.json()).toEqual({ predictions: [{ score: 2 }] });
  expect((await gateway.inject('/metrics')).body).toContain('nightjar_exposures_total{model="tiny",arm="champion",version="1",status="ok"} 1');
  expect((await gateway.inject('/v2/health/ready')).json()).toEqual({ ready: true });
});
