import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openShop } from '../../clients/demo/shop.ts';

interface Asked {
  path: string;
  body: Record<string, unknown>;
}

/** A gateway that recommends to every visitor number n the item n % 4, by the challenger where n is odd, and fails where n % 5 is 4. */
let gateway: Server;
let url: string;
let asked: Asked[];
let enough: () => void;
let served: Promise<void>;
beforeEach(async () => {
  asked = [];
  served = new Promise((resolve) => (enough = resolve));
  gateway = createServer((request, response) => {
    void json(request).then((body) => {
      asked.push({ path: request.url!, body: body as Asked['body'] });
      if (request.url === '/v1/feedback') return response.end('{"accepted":1}');
      const [{ user }] = (body as { instances: [{ user: string }] }).instances;
      const n = Number(user.slice(1));
      if (n === 40) enough();
      if (n % 5 === 4) return response.writeHead(503).end('{"error":"no server"}');
      response.setHeader('x-nightjar-arm', n % 2 ? 'challenger' : 'champion').setHeader('x-nightjar-prediction', `p${n}`);
      return response.end(JSON.stringify({ predictions: [{ items: [String(n % 4)] }] }));
    });
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  url = `http://127.0.0.1:${(gateway.address() as { port: number }).port}`;
});
afterEach(() => {
  gateway.closeAllConnections();
  gateway.close();
});

const visitorsToFortyAtLeast = async () => {
  const shop = openShop({ gateway: url, model: 'films', draw: (n) => ({ unit: `u${n}`, history: ['x', 'y'], next: ['0', '1'] }) }, 10_000);
  await served;
  await shop.close();
  return shop.tally;
};
const predictions = () => asked.filter(({ path }) => path === '/v1/models/films:predict');

describe('a shop', () => {
  it('asks once for each visitor, with what that one took before', async () => {
    await visitorsToFortyAtLeast();
    const instances = predictions().map(({ body }) => (body.instances as [{ user: string; history: string[] }])[0]);
    expect(new Set(instances.map(({ user }) => user)).size).toBe(instances.length);
    expect(instances.every(({ history }) => history.join() === 'x,y')).toBe(true);
  });

  it('rewards only what was really taken, and says which prediction it answers', async () => {
    await visitorsToFortyAtLeast();
    const rewards = asked.filter(({ path }) => path === '/v1/feedback').map(({ body }) => body);
    const hits = predictions()
      .map(({ body }) => Number((body.instances as [{ user: string }])[0].user.slice(1)))
      .filter((n) => n % 5 !== 4 && n % 4 < 2);
    expect(rewards).toHaveLength(hits.length);
    expect(rewards).toEqual(expect.arrayContaining(hits.map((n) => ({ model: 'films', unit: `u${n}`, id: `p${n}`, name: 'hit', value: 1 }))));
  });

  it('counts visits and hits by arm, and those who saw an error apart; the others go on coming', async () => {
    const { visits, hits, failed, lastFailure } = await visitorsToFortyAtLeast();
    expect(visits.champion + visits.challenger + failed).toBe(predictions().length);
    expect(failed).toBeGreaterThan(0);
    expect(lastFailure).toContain('503');
    expect(hits.champion).toBeLessThan(visits.champion);
    expect(hits.champion + hits.challenger).toBe(asked.filter(({ path }) => path === '/v1/feedback').length);
  });

  it('has sent its last visitor when it is closed', async () => {
    await visitorsToFortyAtLeast();
    const before = asked.length;
    await new Promise(setImmediate);
    expect(asked).toHaveLength(before);
  });
});
