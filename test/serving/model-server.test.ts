import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFileKey } from '../../adapters/bundles.ts';
import { failureType } from '../../contracts/errors.ts';
import { batchPerTick } from '../../serving/batcher.ts';
import { modelServer, type ModelServer } from '../../serving/model-server.ts';
import { openBundle } from '../../serving/open-bundle.ts';
import { memoryStore } from '../support/memory-store.ts';
import { putTinyBundle } from '../support/serving/tiny-bundle.ts';
import { tinyModel } from '../support/serving/tiny-model.ts';

const store = memoryStore();
const typeOf = (work: Promise<unknown>) => work.then(() => 'none', failureType);

describe('a model server', () => {
  let server: ModelServer;
  let digest: string;
  const post = (payload: unknown, url = '/v1/models/tiny:predict') =>
    server.app.inject({
      method: 'POST',
      url,
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
      headers: { 'content-type': 'application/json' },
    });

  beforeAll(async () => {
    digest = await putTinyBundle(store, { slope: 3, fault: 'infinite' });
    server = modelServer({ model: 'tiny', version: 7, digest });
  });
  afterAll(() => server.app.close());

  it('is alive but not ready while it loads', async () => {
    expect((await server.app.inject('/v2/health/live')).statusCode).toBe(200);
    expect((await server.app.inject('/v2/health/ready')).statusCode).toBe(503);
    expect((await post({ instances: [{ x: 1 }] })).statusCode).toBe(503);
    expect((await server.app.inject('/v1/models/tiny')).json()).toMatchObject({ model_version_status: [{ version: '7', state: 'LOADING' }], digest });
    server.serve(await openBundle(store, digest, tinyModel()));
    expect((await server.app.inject('/v2/health/ready')).statusCode).toBe(200);
  });

  it("answers in TensorFlow Serving's shape and says what it serves", async () => {
    const answer = await post({ instances: [{ x: 1 }, { x: 2 }] });
    expect(answer.json()).toEqual({ predictions: [{ score: 3 }, { score: 6 }] });
    expect(answer.headers['x-nightjar-digest']).toBe(digest);
    expect((await post({ instances: [{ x: 1 }] }, '/v1/models/tiny/versions/7:predict')).json()).toEqual({ predictions: [{ score: 3 }] });
    expect((await post({ instances: [{ x: 1 }] }, '/v1/models/tiny/versions/8:predict')).statusCode).toBe(404);
    const page = (await server.app.inject('/v1/models/tiny')).json();
    expect(page.model_version_status).toEqual([{ version: '7', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }]);
    expect((await post({ instances: [page.example] })).statusCode).toBe(200);
    expect((await server.app.inject('/metrics')).body).toContain('nightjar_predict_seconds_count{model="tiny",version="7",code="200"}');
  });

  it.each([
    ['no JSON', '{"instances":', 'body'],
    ['no body', '', 'body'],
    ['null', 'null', 'instances'],
    ['no instances', {}, 'instances'],
    ['instances of another type', { instances: 'all' }, 'instances'],
    ['no instance', { instances: [] }, 'instances'],
    ['too many instances', { instances: Array.from({ length: 1001 }, () => ({ x: 1 })) }, 'instances'],
    ['an instance that is a list', { instances: [[1]] }, 'instances[0]'],
    ['a missing field', { instances: [{ x: 1 }, {}] }, 'x'],
    ['a wrong type', { instances: [{ x: '1' }] }, 'x'],
    ['NaN, which JSON does not have', '{"instances":[{"x":NaN}]}', 'body'],
    ['a number too large for any answer', { instances: [{ x: 1e300 }] }, 'instances[0]'],
  ])('refuses %s, naming the field', async (_, payload, field) => {
    const answer = await post(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toContain(`${field}:`);
  });

  it('refuses a body above its limit', async () => {
    expect((await post(`{"instances":[{"x":1,"note":"${'a'.repeat(1024 * 1024)}"}]}`)).statusCode).toBe(413);
  });
});

describe('a bundle is refused', () => {
  it('when a byte of a file differs', async () => {
    const digest = await putTinyBundle(store, { slope: 4 });
    await store.put(bundleFileKey(digest, 'weights.bin'), JSON.stringify({ slope: 5, fault: 'none' }));
    expect(await typeOf(openBundle(store, digest, tinyModel()))).toBe('BundleRefused');
  });
  it('when a golden query is answered otherwise', async () => {
    const close = { instance: { customer: 'c', x: 1 }, prediction: { score: 5.0000004 } };
    const digest = await putTinyBundle(store, { slope: 5 }, { golden: [close] });
    expect(await typeOf(openBundle(store, digest, tinyModel()))).toBe('none');
    const other = await putTinyBundle(store, { slope: 5 }, { golden: [{ ...close, prediction: { score: 5.0001 } }] });
    expect(await typeOf(openBundle(store, other, tinyModel()))).toBe('BundleRefused');
  });
  it("when it has no golden query, is another model's, or is not there", async () => {
    expect(await typeOf(openBundle(store, await putTinyBundle(store, {}, { golden: [] }), tinyModel()))).toBe('BundleRefused');
    expect(await typeOf(openBundle(store, await putTinyBundle(store, {}, { model: 'churn' }), tinyModel()))).toBe('BundleRefused');
    expect(await typeOf(openBundle(store, 'f'.repeat(64), tinyModel()))).toBe('BundleRefused');
  });
});

describe('batching', () => {
  it('puts the requests of one tick through together, each with its own answers', async () => {
    const sizes: number[] = [];
    const batched = batchPerTick(
      async (instances) => instances.map(({ x }) => Number(x) * 2),
      (rows) => sizes.push(rows),
    );
    expect(await Promise.all([batched([{ x: 1 }]), batched([{ x: 2 }, { x: 3 }]), batched([{ x: 4 }])])).toEqual([[2], [4, 6], [8]]);
    expect(sizes).toEqual([4]);
  });

  it('keeps a batch within its bound', async () => {
    const sizes: number[] = [];
    const batched = batchPerTick(
      async (instances) => instances,
      (rows) => sizes.push(rows),
    );
    const requests = Array.from({ length: 5 }, (_, r) => Array.from({ length: 500 }, (_, x) => ({ x: r * 500 + x })));
    expect(await Promise.all(requests.map((request) => batched(request)))).toEqual(requests);
    expect(sizes).toEqual([1000, 1000, 500]);
  });

  it('lets one request fail alone', async () => {
    const batched = batchPerTick(
      async (instances) => {
        if (instances.some(({ x }) => x === 0)) throw new Error('zero');
        return instances;
      },
      () => undefined,
    );
    const answers = await Promise.allSettled([batched([{ x: 1 }]), batched([{ x: 0 }]), batched([{ x: 2 }])]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
