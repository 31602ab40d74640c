import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundleFileKey, readBundle } from '../../adapters/bundles.ts';
import type { GoldenQuery } from '../../contracts/bundle.ts';
import { keys } from '../../contracts/ids.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { memoryStore } from '../support/memory-store.ts';
import { Night } from '../support/gate/night.ts';

let store: ReturnType<typeof memoryStore>;
let night: Night;
beforeEach(() => (night = new Night((store = memoryStore()))));
afterEach(() => night.close());

const filesOf = async (digest: string) => (await readBundle(store, digest)).files;
const versionKeys = () => [...store.objects.keys()].filter((key) => key.startsWith(keys.versions('line')));

describe('a packaged version', () => {
  test('holds everything that serving, monitoring and people need', async () => {
    const { record } = await night.version(2, 'run-1');
    expect(record).toMatchObject({ model: 'line', version: 1, run: 'run-1', createdAt: '2026-01-02T03:04:05.000Z' });
    const { manifest, files } = await readBundle(store, record.digest);
    expect(Object.keys(files)).toEqual([
      'card.md',
      'curve.json',
      'encoders.json',
      'facts.json',
      'golden.json',
      'network.json',
      'signature.json',
      'sketches.json',
      'weights.bin',
    ]);
    expect(manifest).toMatchObject({ model: 'line', task: 'regression', backend: 'line', seed: 1, metrics: record.metrics, packages: { node: '20' } });
    expect(record.bytes).toBeGreaterThan(Object.values(files).reduce((sum, { length }) => sum + length, 0));
  });
  test('golden queries are made up: common values, no customer, and the model takes each', async () => {
    const { record } = await night.version(2, 'run-1');
    const files = await filesOf(record.digest);
    const golden = JSON.parse(files['golden.json']!.toString()) as GoldenQuery[];
    expect(golden).toHaveLength(10);
    expect(golden[0]!.instance).toEqual(night.model.signature.example);
    for (const { instance, prediction } of golden) expect(prediction).toEqual({ value: 2 * Number(instance.x) });
    for (const [path, body] of Object.entries(files)) expect(body.toString(), path).not.toContain('customer-');
  });
  test('sketches are of the columns of requests and of the score', async () => {
    const { record } = await night.version(2, 'run-1');
    const sketches = JSON.parse((await filesOf(record.digest))['sketches.json']!.toString()) as Record<string, { count: number }>;
    expect(Object.keys(sketches).sort()).toEqual(['bought.items', 'bought.length', 'region', 'score', 'x']);
    expect(sketches.score!.count).toBe(300);
  });
  test('the card is Markdown with metrics, slices, data and limits', async () => {
    await night.version(2.1, 'run-1');
    const { record } = await night.version(2.1, 'run-2', { version: 1, digest: (await night.version(2.1, 'run-1')).record.digest });
    const card = (await filesOf(record.digest))['card.md']!.toString();
    for (const part of ['# line', '## Gate: pass', '| mae | primary |', '| region=north | 100 |', '300 to test', '## Limits']) expect(card).toContain(part);
  });
});

describe('repeated and interrupted', () => {
  test('the same run gets the same version, another run the next', async () => {
    const { record: first } = await night.version(2, 'run-1');
    expect((await night.version(2, 'run-1')).record).toEqual(first);
    expect((await night.version(2, 'run-2')).record).toMatchObject({ version: 2 });
    expect(versionKeys()).toHaveLength(2);
  });
  test('killed after any write, the next attempt ends the same, and no record ever names a bundle that is not whole', async () => {
    const calm = await night.version(2, 'run-1');
    const writes = [...store.objects.keys()].filter((key) => key.startsWith('bundles/') || key.startsWith('models/')).length;
    for (let dies = 0; dies <= writes; dies++) {
      const fresh = memoryStore();
      const other = new Night(dyingStore(fresh, dies));
      try {
        const snapshot = await other.snapshot();
        const trained = await other.trained(2, 'run-1');
        const gate = await other.evaluate(snapshot, trained, null, 'run-1');
        await other.package(snapshot, trained, gate, 'run-1').catch(() => {});
        for (const [key, body] of fresh.objects)
          if (key.startsWith('models/')) await readBundle(fresh, (JSON.parse(body.toString()) as { digest: string }).digest);
        const survivor = new Night(fresh);
        expect(await survivor.package(snapshot, trained, gate, 'run-1')).toEqual(calm.record);
        survivor.close();
      } finally {
        other.close();
      }
    }
  });
  test('two attempts of one run at once make one version', async () => {
    const snapshot = await night.snapshot();
    const trained = await night.trained(2, 'run-1');
    const gate = await night.evaluate(snapshot, trained, null, 'run-1');
    const [one, other] = await Promise.all([night.package(snapshot, trained, gate, 'run-1'), night.package(snapshot, trained, gate, 'run-1')]);
    expect(one).toEqual(other);
    expect(versionKeys()).toHaveLength(1);
  });
  test('two runs at once get two numbers', async () => {
    const snapshot = await night.snapshot();
    const trained = await night.trained(2, 'run-1');
    const gate = await night.evaluate(snapshot, trained, null, 'run-1');
    const records = await Promise.all(['run-1', 'run-2', 'run-3'].map((run) => night.package(snapshot, trained, gate, run)));
    expect(records.map(({ version }) => version).sort()).toEqual([1, 2, 3]);
  });
});

describe('a bundle that is not what its digest says', () => {
  test.each(['manifest.json', 'weights.bin', 'golden.json'])('%s changed, cut or gone: BundleRefused', async (path) => {
    const { record } = await night.version(2, 'run-1');
    const key = bundleFileKey(record.digest, path);
    const body = store.objects.get(key)!;
    for (const spoilt of [Buffer.concat([body, Buffer.from(' ')]), body.subarray(0, -1), null]) {
      if (spoilt) store.objects.set(key, spoilt);
      else store.objects.delete(key);
      await expect(readBundle(store, record.digest)).rejects.toMatchObject({ name: 'BundleRefused' });
    }
  });
});

/** Refuses every write to bundles and versions after the first `lives`, as a process that was killed would not have made them. */
function dyingStore(store: ObjectStore, lives: number): ObjectStore {
  let left = lives;
  const alive = (key: string) => {
    if ((key.startsWith('bundles/') || key.startsWith('models/')) && left-- <= 0) throw new Error('killed');
  };
  return {
    ...store,
    put: async (key, body) => {
      alive(key);
      await store.put(key, body);
    },
    create: async (key, body) => {
      alive(key);
      return store.create(key, body);
    },
  };
}
