import type { Scalar } from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { openBackend } from '../../../models/backends.ts';
import type { Fitted } from '../../../models/learner.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { attempt, trained } from '../../support/training.ts';

const { tf } = await openBackend('wasm');

/** exp(x²) overflows beyond |x| = 9.4; Adam's first steps are as long as the learning rate. */
const steep: Fitted = {
  encoders: {},
  network: {},
  parameters: [{ name: 'x', shape: [1], values: Float32Array.of(1) }],
  stepsPerEpoch: 4,
  epochs: 5,
  batchSize: 1,
  shuffle: () => ({ batch: () => ({ examples: 1, loss: (library, { x }) => library.sum<Scalar>(library.exp(library.square(x!))) }) }),
};

test('a loss that becomes infinite is met by going back with a lower learning rate', async () => {
  const losses: number[] = [];
  const end = trained(await attempt(tf, steep, memoryStore(), { learningRate: 12, progress: ({ loss }) => losses.push(loss) }));
  expect(end.learningRate).toBeCloseTo(3.6);
  expect(end.steps).toBe(20);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(end.curve.points).toHaveLength(5);
});

test('it goes back past a checkpoint that already holds the harm', async () => {
  const store = memoryStore();
  const end = trained(await attempt(tf, steep, store, { learningRate: 12, checkpointEverySeconds: 0.5 }));
  expect(end.learningRate).toBeCloseTo(3.6);
  expect(Number.isFinite(end.parameters[0])).toBe(true);
});

test('a crash after going back does not try the higher learning rate again', async () => {
  const store = memoryStore();
  await attempt(tf, steep, store, { learningRate: 12, stopAfter: 2 });
  const end = trained(await attempt(tf, steep, store, { learningRate: 12 }));
  expect(end.resumedAtStep).toBe(1);
  expect(end.learningRate).toBeCloseTo(3.6);
});

test('a loss that stays infinite ends as TrainingDiverged', async () => {
  await expect(attempt(tf, steep, memoryStore(), { learningRate: 1e6 })).rejects.toMatchObject({ name: 'TrainingDiverged' });
});
