import { afterAll, beforeAll, expect, it } from 'vitest';
import { shopper, storeBundle } from '../../bench/gateway/bundle.ts';
import { loadModel } from '../../models/load.ts';
import { modelServer, type ModelServer } from '../../serving/model-server.ts';
import { openBundle, type OpenBundle } from '../../serving/open-bundle.ts';
import { memoryStore } from '../support/memory-store.ts';

let server: ModelServer;
let bundle: OpenBundle;
beforeAll(async () => {
  const store = memoryStore();
  const digest = await storeBundle(store, 1);
  bundle = await openBundle(store, digest, await loadModel('recommendation'));
  server = modelServer({ model: 'recommendation', version: 1, digest });
  server.serve(bundle);
});
afterAll(() => server?.app.close());

const ask = (...instances: unknown[]) =>
  server.app.inject({ method: 'POST', url: '/v1/models/recommendation:predict', payload: JSON.stringify({ instances }) });

it('the real recommender answers shoppers it has never seen, together as alone', async () => {
  const shoppers = [shopper(5000), shopper(5001), { user: 'new', history: [] }, { user: 'odd', history: ['no such item'] }];
  const alone = await Promise.all(shoppers.map(async (one) => (await ask(one)).json().predictions[0]));
  for (const { items, scores } of alone) expect([items.length, scores.length]).toEqual([10, 10]);
  const together = (await ask(...shoppers)).json().predictions;
  expect(together.map(({ items }: { items: string[] }) => items)).toEqual(alone.map(({ items }) => items));
  expect((await ask(bundle.predictor.signature.example)).statusCode).toBe(200);
});

it.each([
  ['no history', { user: 'a' }, 'history'],
  ['a history of numbers', { user: 'a', history: [1] }, 'history'],
  ['a history that is a text', { user: 'a', history: '1,2' }, 'history'],
  ['no user', { history: [] }, 'user'],
])('%s is refused, naming the field', async (_, instance, field) => {
  const answer = await ask(instance);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().error).toContain(`${field}:`);
});

it('answers a very long history', async () => {
  const { items } = (await ask({ user: 'collector', history: Array.from({ length: 20_000 }, (_, i) => String(i % 1600)) })).json().predictions[0];
  expect(items.length).toBe(10);
});
