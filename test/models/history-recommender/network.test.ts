import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../domain/random.ts';
import { openBackend } from '../../../models/backends.ts';
import { bagBuilder } from '../../../models/history-recommender/bag.ts';
import { crossEntropy, initialParameters, scores, type HistoryNetwork, type Weights } from '../../../models/history-recommender/network.ts';

const { tf } = await openBackend('wasm');
const network: HistoryNetwork = { items: 7, hidden: 4, recent: 3, decay: 0.5 };
const HISTORIES = [[0, 3, 3, 6], [], [5], [1, 2, 3, 4, 5, 6]].map((history) => Int32Array.from(history));

const bag = () => {
  const builder = bagBuilder(network);
  for (const history of HISTORIES) builder.add(history, history.length, () => true);
  return builder.build();
};

/** The same input written out with all its zeros. */
function denseInput(): Tensor2D {
  const rows = HISTORIES.map((history) => {
    const row = new Array<number>(2 * network.items).fill(0);
    for (const item of history) row[item] = 50 / new Set(history).size;
    [...history]
      .reverse()
      .slice(0, network.recent)
      .forEach((item, age) => (row[network.items + item]! += 3 * network.decay ** age));
    return row;
  });
  return tf.tensor2d(rows);
}

const weights = (): Tensor[] => initialParameters(network, seededRandom(5)).map(({ values, shape }) => tf.tensor(values, shape));
const named = ([table, hiddenBias, output, outputBias]: Tensor[]): Weights => ({
  table: table!,
  hiddenBias: hiddenBias!,
  output: output!,
  outputBias: outputBias!,
});
const targets = { places: Int32Array.from([0, 1, 0, 2, 1, 3, 2, 0, 3, 0]), shares: Float32Array.from([0.5, 0.5, 1, 1, 1]) };

test('the sparse first layer and its loss have the values and gradients of the dense ones', () => {
  const sparse = tf.valueAndGrads((...tensors: Tensor[]) => crossEntropy(tf, scores(tf, network, named(tensors), bag()), targets))(weights());
  const wanted = tf.tensor2d(new Float32Array(4 * 7), [4, 7]).bufferSync();
  targets.shares.forEach((share, i) => wanted.set(share, targets.places[2 * i]!, targets.places[2 * i + 1]!));
  const dense = tf.valueAndGrads((table: Tensor, hiddenBias: Tensor, output: Tensor, outputBias: Tensor) => {
    const hidden = tf.tanh(tf.add(tf.matMul(denseInput(), table as Tensor2D), hiddenBias));
    const logits = tf.add(tf.matMul(hidden, output as Tensor2D), outputBias);
    return tf.neg(tf.div(tf.sum(tf.mul(wanted.toTensor(), tf.logSoftmax(logits))), 4));
  })(weights());

  expect(sparse.value.dataSync()[0]).toBeCloseTo(dense.value.dataSync()[0]!, 5);
  sparse.grads.forEach((gradient, i) => {
    const expected = [...dense.grads[i]!.dataSync()];
    [...gradient.dataSync()].forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 5));
  });
});

test('an item taken twice is set once, and its newest time counts', () => {
  const builder = bagBuilder({ items: 4, recent: 2, decay: 1 });
  builder.add(Int32Array.from([1, 1]), 2, () => true);
  expect([...builder.build().rows]).toEqual([1, 5, 5, 0]);
});

test('what dropout leaves out is not in the bag', () => {
  const builder = bagBuilder({ items: 4, recent: 2, decay: 1 });
  builder.add(Int32Array.from([1, 2]), 2, () => false);
  expect([...builder.build().rows]).toEqual([0]);
});
