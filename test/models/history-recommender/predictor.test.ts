import { beforeAll, describe, expect, test } from 'vitest';
import type { Predictor } from '../../../contracts/bundle.ts';
import { openBackend } from '../../../models/backends.ts';
import { itemEncoder } from '../../../models/history-recommender/encoder.ts';
import type { LearnerFiles } from '../../../models/learner.ts';
import { bytesOf } from '../../../models/weights.ts';
import type { Recommendation } from '../../../models/history-recommender/predictor.ts';
import tiny from '../../fixtures/models/tiny/model.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { attempt, fitTiny, streamed, tinyLearner, tinyRows, trained } from '../../support/training.ts';

const { tf } = await openBackend('wasm');
let files: LearnerFiles;
let predictor: Predictor;
const ask = async (...history: string[]) => (await predictor.predict([{ user: 'u', history }]))[0] as Recommendation;

beforeAll(async () => {
  const fitted = await fitTiny();
  const end = trained(await attempt(tf, fitted, memoryStore()));
  files = {
    'network.json': Buffer.from(JSON.stringify(fitted.network)),
    'encoders.json': Buffer.from(JSON.stringify(fitted.encoders)),
    'weights.bin': bytesOf(end.parameters),
  };
  predictor = await tinyLearner().open(files, tiny.signature);
});

describe('a recommendation', () => {
  test('is ten items with falling probabilities, none of the history', async () => {
    const history = ['i1', 'i2', 'i3', 'i4'];
    const { items, scores } = await ask(...history);
    expect(items).toHaveLength(10);
    expect(new Set([...items, ...history]).size).toBe(14);
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
  });

  test('has learned what follows', async () => {
    expect((await ask('i4', 'i5', 'i6', 'i7')).items).toContain('i8');
  });

  test('ignores items it does not know', async () => {
    expect(await ask('i4', 'never heard of', 'i5')).toEqual(await ask('i4', 'i5'));
  });

  test('is given for an empty history, and the same as for one of unknown items', async () => {
    expect((await ask()).items).toHaveLength(10);
    expect(await ask('x', 'y')).toEqual(await ask());
  });

  test('is shorter when fewer items are left', async () => {
    const known = (JSON.parse(files['encoders.json'].toString()) as { items: string[] }).items;
    expect((await ask(...known.slice(3))).items.sort()).toEqual(known.slice(0, 3).sort());
    expect((await ask(...known)).items).toEqual([]);
  });

  test('does not depend on who asks, nor on who asks at the same time', async () => {
    const instances = Array.from({ length: 300 }, (_, i) => ({ user: `u${i}`, history: [`i${i % 40}`] }));
    const together = await predictor.predict(instances);
    expect((together[41] as Recommendation).items).toEqual((await ask('i1')).items);
    expect(together).toHaveLength(300);
  });
});

test('a request that does not fit is refused, naming the field', async () => {
  for (const [instance, field] of [
    [{ history: [] }, 'user'],
    [{ user: '', history: [] }, 'user'],
    [{ user: 5, history: [] }, 'user'],
    [{ user: 'u' }, 'history'],
    [{ user: 'u', history: 'i1' }, 'history'],
    [{ user: 'u', history: [1] }, 'history'],
  ] as const)
    await expect(predictor.predict([instance])).rejects.toMatchObject({ name: 'InvalidRequest', message: expect.stringContaining(`${field}:`) as string });
});

test('a bundle whose files do not fit together is refused', async () => {
  const short = { ...files, 'weights.bin': files['weights.bin'].subarray(4) };
  await expect(tinyLearner().open(short, tiny.signature)).rejects.toMatchObject({ name: 'BundleRefused' });
  const fewer = { ...files, 'encoders.json': Buffer.from('{"items":["i1"]}') };
  await expect(tinyLearner().open(fewer, tiny.signature)).rejects.toMatchObject({ name: 'BundleRefused' });
});

test('training rows in another order give the same encoders, and serving encodes with them', async () => {
  const rows = tinyRows();
  const { encoders } = await tinyLearner().fit(streamed([...rows].reverse()), { next: () => 0.5, below: () => 0, state: () => [1, 2, 3, 4] });
  expect(encoders).toEqual(JSON.parse(files['encoders.json'].toString()));
  const { items } = encoders as { items: string[] };
  const history = rows[0]!.history as string[];
  expect([...itemEncoder({ items })(history)].map((at) => items[at])).toEqual(history);
});

test('rows without the declared column are refused', async () => {
  const fit = (rows: Record<string, unknown>[]) => tinyLearner().fit(streamed(rows), { next: () => 0, below: () => 0, state: () => [1, 2, 3, 4] });
  await expect(fit([{ user: 'u' }])).rejects.toMatchObject({ name: 'InvalidDefinition' });
  await expect(fit([{ user: 'u', history: [] }])).rejects.toMatchObject({ name: 'InvalidDefinition' });
});

test('training and answering leave no tensor behind', async () => {
  const before = tf.memory().numTensors;
  const end = trained(await attempt(tf, await fitTiny(), memoryStore()));
  expect(tf.memory().numTensors).toBe(before);
  const another = await tinyLearner().open({ ...files, 'weights.bin': bytesOf(end.parameters) }, tiny.signature);
  await another.predict([{ user: 'u', history: ['i1'] }]);
  another.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
