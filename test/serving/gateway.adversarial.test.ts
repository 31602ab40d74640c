import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryStore } from '../support/memory-store.ts';
import { storedEvents } from '../support/serving/events.ts';
import { feedbackTo, predictWith, servingWorld } from '../support/serving/in-process.ts';
import { putRoutes } from '../support/serving/tiny-bundle.ts';
import type { FastifyInstance } from 'fastify';

const store = memoryStore();
const world = servingWorld(store);
let gateway: FastifyInstance;
beforeAll(async () => {
  const champion = await world.server(1);
  const challenger = await world.server(2);
  await putRoutes(store, champion.arm, { challenger: challenger.arm, rollout: 'tiny@2', percent: 50 });
  gateway = await world.gateway();
});
afterAll(() => world.end());

describe('a bad request is the caller’s matter: 400 with the field, no exposure', () => {
  it.each([
    ['no JSON', '{', 'body'],
    ['no body', '', 'body'],
    ['a list', '[]', 'instances'],
    ['no instance', '{"instances":[]}', 'instances'],
    ['no unit', '{"instances":[{"x":1}]}', 'instances[0].customer'],
    ['an empty unit', '{"instances":[{"customer":"","x":1}]}', 'instances[0].customer'],
    ['a unit of another type', '{"instances":[{"customer":"a","x":1},{"customer":{"id":1},"x":1}]}', 'instances[1].customer'],
    ['an inherited unit', '{"instances":[{"__proto__":{"customer":"a"},"x":1}]}', 'instances[0].customer'],
    ['what the model refuses', '{"instances":[{"customer":"a","x":"much"}]}', 'x'],
    ['what the other arm refuses', '{"instances":[{"customer":"customer-2","x":"much"}]}', 'x'],
  ])('%s', async (_, payload, field) => {
    const answer = await gateway.inject({ method: 'POST', url: '/v1/models/tiny:predict', payload, headers: { 'content-type': 'application/json' } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toContain(`${field}:`);
  });

  it.each([
    ['an unknown model', '/v1/models/nobody:predict', 404],
    ['a name that is none', '/v1/models/..%2Fsecrets:predict', 404],
    ['a version without traffic', '/v1/models/tiny/versions/9:predict', 503],
    ['another verb', '/v1/models/tiny:classify', 404],
  ])('%s', async (_, url, status) => {
    const answer = await gateway.inject({ method: 'POST', url, payload: '{"instances":[{"customer":"a","x":1}]}' });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().error).toEqual(expect.any(String));
  });

  it('refuses a body above the limit', async () => {
    expect((await predictWith(gateway, { customer: 'a', x: 1, note: 'n'.repeat(1024 * 1024) })).statusCode).toBe(413);
  });
});

describe('feedback that does not fit is refused whole', () => {
  const good = { model: 'tiny', unit: 'a', name: 'hit' };
  it.each([
    ['nothing', null, 400, 'body'],
    ['an empty list', [], 400, 'feedback'],
    ['no unit', { model: 'tiny', name: 'hit' }, 400, 'unit'],
    ['an infinite value', { ...good, value: '1e999' }, 400, 'value'],
    ['an amount beyond reason', { ...good, value: 1e9 + 1 }, 400, 'value'],
    ['a debt beyond reason', { ...good, value: -1e9 - 1 }, 400, 'value'],
    ['a name that is none', { ...good, name: '__proto__' }, 400, 'name'],
    ['a field too many', { ...good, reward: 1 }, 400, 'body'],
    ['one bad of two', [good, { ...good, unit: '' }], 400, 'feedback.1.unit'],
    ['too many', Array.from({ length: 1001 }, () => good), 400, 'feedback'],
    ['an unknown model', { ...good, model: 'nobody' }, 404, 'nobody'],
  ])('%s', async (_, payload, status, where) => {
    const answer = await feedbackTo(gateway, payload);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().error).toContain(where);
  });
});

it('none of it stands in the log, and a reward called constructor is counted like any other', async () => {
  expect((await feedbackTo(gateway, { model: 'tiny', unit: 'a', name: 'constructor' })).statusCode).toBe(200);
  await gateway.close();
  expect(await storedEvents(store)).toMatchObject([{ kind: 'reward', name: 'constructor', value: 1 }]);
});
