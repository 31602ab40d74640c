import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { announce } from '../../adapters/endpoints.ts';
import type { Exposure } from '../../contracts/events.ts';
import { NightjarError } from '../../contracts/errors.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { memoryStore } from '../support/memory-store.ts';
import { storedEvents } from '../support/serving/events.ts';
import { feedbackTo, predictWith, servingWorld } from '../support/serving/in-process.ts';
import { putRoutes } from '../support/serving/tiny-bundle.ts';
import type { TinyWeights } from '../support/serving/tiny-model.ts';

let store: ReturnType<typeof memoryStore>;
let world: ReturnType<typeof servingWorld>;
beforeEach(() => {
  store = memoryStore();
  world = servingWorld(store);
});
afterEach(() => world.end());

const exposures = async () => (await storedEvents(store)).filter((event): event is Exposure => event.kind === 'exposure');

it.each<[string, TinyWeights['fault'], Exposure['status']]>([
  ['fails', 'throw', 'error'],
  ['hangs', 'hang', 'timeout'],
  ['refuses what the champion takes', 'infinite', 'error'],
])('a challenger that %s: the user has the champion’s answer, the judge sees it', async (_, fault, status) => {
  const champion = await world.server(1, { slope: 1 });
  const challenger = await world.server(2, { slope: 2, fault });
  await putRoutes(store, champion.arm, { challenger: challenger.arm, rollout: 'tiny@2', percent: 100 });
  const gateway = await world.gateway();
  const answer = await predictWith(gateway, { customer: 'ann', x: 2000 });
  expect(answer.json()).toEqual({ predictions: [{ score: 2000 }] });
  expect(answer.headers).toMatchObject({ 'x-nightjar-arm': 'challenger', 'x-nightjar-version': '1' });
  expect((await gateway.inject('/metrics')).body).toContain('nightjar_failovers_total{model="tiny",arm="challenger"} 1');
  await gateway.close();
  expect(await exposures()).toMatchObject([{ arm: 'challenger', version: 2, status, rollout: 'tiny@2' }]);
});

it('a challenger whose server is gone, or is another than the routes name', async () => {
  const champion = await world.server(1);
  const challenger = await world.server(2, { slope: 2 });
  await putRoutes(store, champion.arm, { challenger: challenger.arm, rollout: 'tiny@2', percent: 100 });
  const gateway = await world.gateway();
  await challenger.app.close();
  expect((await predictWith(gateway, { customer: 'ann', x: 1 })).headers['x-nightjar-version']).toBe('1');
  // The port now belongs to the champion's server: its digest tells.
  await announce(store, { model: 'tiny', ...challenger.arm, url: champion.url });
  expect((await predictWith(gateway, { customer: 'ann', x: 1 })).headers['x-nightjar-version']).toBe('1');
  await gateway.close();
  expect((await exposures()).map(({ status }) => status)).toEqual(['error', 'error']);
});

it('a dead champion: the warm version answers, at once', async () => {
  const warm = await world.server(1, { slope: 1 });
  const champion = await world.server(2, { slope: 2 });
  await putRoutes(store, champion.arm, { warm: warm.arm });
  const gateway = await world.gateway();
  await champion.app.close();
  const answer = await predictWith(gateway, { customer: 'ann', x: 1 });
  expect(answer.json()).toEqual({ predictions: [{ score: 1 }] });
  expect(answer.headers).toMatchObject({ 'x-nightjar-arm': 'champion', 'x-nightjar-version': '1' });
  await gateway.close();
  expect(await exposures()).toMatchObject([{ arm: 'champion', version: 2, status: 'error' }]);
});

it('a dead champion alone: the user waits until it is started again, elsewhere too', async () => {
  const champion = await world.server(1);
  await putRoutes(store, champion.arm);
  const gateway = await world.gateway();
  await champion.app.close();
  const answer = predictWith(gateway, { customer: 'ann', x: 5 });
  await world.server(1);
  expect((await answer).json()).toEqual({ predictions: [{ score: 5 }] });
});

it('a store that is away: traffic and rewards go on, and the events arrive later', async () => {
  let away = false;
  const failing = new Proxy(store, {
    get: (target, name: keyof ObjectStore) => {
      if (!away) return target[name];
      return name === 'list'
        ? async function* () {
            throw new NightjarError('StoreUnreachable', 'test');
          }
        : () => Promise.reject(new NightjarError('StoreUnreachable', 'test'));
    },
  });
  const champion = await world.server(1);
  await putRoutes(store, champion.arm);
  const gateway = await world.gateway({ store: failing, segmentSeconds: 0.02 });
  away = true;
  expect((await predictWith(gateway, { customer: 'ann', x: 5 })).statusCode).toBe(200);
  expect((await gateway.inject({ method: 'POST', url: '/v1/feedback', payload: '{"model":"tiny","unit":"ann","name":"hit"}' })).statusCode).toBe(200);
  const refused = await gateway.inject({ method: 'POST', url: '/v1/models/other:predict', payload: '{"instances":[{}]}' });
  expect(refused.statusCode).toBe(503);
  await vi.waitFor(async () => expect((await gateway.inject('/metrics')).body).toMatch(/nightjar_segments_waiting\{model="tiny"\} [1-9]/));
  away = false;
  await vi.waitFor(async () => expect(await storedEvents(store)).toHaveLength(2), { timeout: 10_000 });
});

it('a model whose event log cannot be opened: predictions go on, rewards are refused until it can', async () => {
  const champion = await world.server(1);
  await putRoutes(store, champion.arm);
  mkdirSync(join(world.home, 'events'), { recursive: true });
  writeFileSync(join(world.home, 'events/tiny'), 'stands where the folder should'); // as unwritable as a full disk
  const gateway = await world.gateway();
  expect((await predictWith(gateway, { customer: 'ann', x: 5 })).json()).toEqual({ predictions: [{ score: 5 }] });
  expect((await feedbackTo(gateway, { model: 'tiny', unit: 'ann', name: 'hit' })).statusCode).toBe(503);
  rmSync(join(world.home, 'events/tiny'));
  await vi.waitFor(async () => expect((await feedbackTo(gateway, { model: 'tiny', unit: 'ann', name: 'hit' })).statusCode).toBe(200), { timeout: 5_000 });
  await predictWith(gateway, { customer: 'bob', x: 5 });
  await gateway.close();
  expect((await storedEvents(store)).map(({ kind }) => kind)).toEqual(['reward', 'exposure']);
});
