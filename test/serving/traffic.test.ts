import { afterEach, expect, it, vi } from 'vitest';
import { NightjarError } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { followTraffic, type Traffic } from '../../serving/traffic.ts';
import { memoryStore } from '../support/memory-store.ts';
import { silent } from '../support/serving/in-process.ts';
import { putRoutes } from '../support/serving/tiny-bundle.ts';

const arm = (version: number) => ({ version, digest: `d${version}` });
const rollout = (percent: number) => ({ challenger: arm(2), rollout: 'tiny@2', percent });

let traffic: Traffic | undefined;
afterEach(() => traffic?.stop());

/** A store in which reading a key can be made to fail, or to give something else, once. */
function unreliable() {
  const store = memoryStore();
  const strikes = new Map<string, () => ReturnType<ObjectStore['get']>>();
  const reads: string[] = [];
  const get: ObjectStore['get'] = (key) => {
    reads.push(key);
    const strike = strikes.get(key);
    strikes.delete(key);
    return strike ? strike() : store.get(key);
  };
  const once = (key: string, strike: () => ReturnType<ObjectStore['get']>) => strikes.set(key, strike);
  const fail = (key: string) => once(key, () => Promise.reject(new NightjarError('StoreUnreachable', 'test')));
  /** Resolves when the follower has looked at a key again and is through with it. */
  const looked = (key: string) => {
    const before = reads.length;
    return vi.waitFor(() => expect(reads.slice(before).filter((read) => read === key).length).toBeGreaterThan(2));
  };
  return { store: { ...store, get }, once, fail, looked };
}

async function follow(store: ObjectStore): Promise<Traffic> {
  traffic = await followTraffic({ store, model: 'tiny', pollMilliseconds: 5, now: Date.now, log: silent, described: () => undefined });
  return traffic;
}

it('a change of traffic is not lost when the endpoints cannot be read in the same look', async () => {
  const { store, fail, looked } = unreliable();
  await putRoutes(store, arm(1), rollout(50));
  const followed = await follow(store);
  expect(followed.routes?.percent).toBe(50);

  await putRoutes(store, arm(1), rollout(0));
  fail(keys.endpoints('tiny'));
  await looked(keys.endpoints('tiny'));
  expect(followed.routes?.percent).toBe(0);
});

it('nor new addresses when the routes cannot be read', async () => {
  const { store, fail, looked } = unreliable();
  await putRoutes(store, arm(1));
  const followed = await follow(store);
  await store.put(keys.endpoints('tiny'), JSON.stringify({ model: 'tiny', servers: [{ ...arm(1), url: 'http://new' }] }));
  fail(keys.routes('tiny'));
  await looked(keys.routes('tiny'));
  expect(followed.urlOf(arm(1))).toBe('http://new');
});

it('an answer that is cut short is read again, also under the same etag', async () => {
  const { store, once, looked } = unreliable();
  await putRoutes(store, arm(1), rollout(50));
  const followed = await follow(store);
  await putRoutes(store, arm(1), rollout(0));
  const { etag } = (await store.get(keys.routes('tiny')))!;
  once(keys.routes('tiny'), () => Promise.resolve({ body: Buffer.from('{'), etag }));
  await looked(keys.routes('tiny'));
  expect(followed.routes?.percent).toBe(0);
});
