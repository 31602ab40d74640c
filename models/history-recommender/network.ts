import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { Random } from '../../domain/random.ts';
import type { TensorFlow } from '../backends.ts';
import type { Parameter } from '../learner.ts';
import { sizeOf, type Shapes } from '../weights.ts';
import { slots, type Bag } from './bag.ts';

/** `network.json` */
export interface HistoryNetwork {
  items: number;
  hidden: number;
  /** How many of the newest items are seen with their age. */
  recent: number;
  /** How much less an item counts than the one after it. */
  decay: number;
}

/** Parameters by name, as the trainer and the predictor hand them over. */
export type Weights = Record<string, Tensor>;

/** The parameters in the order of `weights.bin`. */
export const shapesOf = ({ items, hidden }: HistoryNetwork): Shapes => [
  { name: 'table', shape: [2 * items, hidden] },
  { name: 'hiddenBias', shape: [hidden] },
  { name: 'output', shape: [hidden, items] },
  { name: 'outputBias', shape: [items] },
];

/** Uniform in ±√(6/(inputs+outputs)) (Glorot and Bengio 2010); biases zero. */
export function initialParameters(network: HistoryNetwork, random: Random): Parameter[] {
  return shapesOf(network).map(({ name, shape }) => {
    const limit = shape.length === 1 ? 0 : Math.sqrt(6 / (shape[0]! + shape[1]!));
    return { name, shape, values: new Float32Array(sizeOf(shape)).map(() => limit * (2 * random.next() - 1)) };
  });
}

/** One score per item and example, [examples, items]; their softmax is the prediction. */
export function scores(tf: TensorFlow, network: HistoryNetwork, weights: Weights, bag: Bag): Tensor2D {
  const summed = addUpRows(tf, network, weights.table as Tensor2D, bag);
  const hidden = tf.tanh(tf.add(summed, weights.hiddenBias!));
  // Not fused: the fused gradient computes more than is needed.
  return tf.add(tf.matMul(hidden, weights.output as Tensor2D), weights.outputBias!);
}

/** The first layer: for each example the sums of the table rows of its slots, each times its gain. Two sparse sums, forward and back. */
function addUpRows(tf: TensorFlow, { items, hidden, recent }: HistoryNetwork, table: Tensor2D, bag: Bag): Tensor2D {
  const cellCount = bag.examples * slots(recent);
  const sum = tf.customGrad((tableNow, save) => {
    const gains = tf.tensor3d(bag.gains, [bag.examples, slots(recent), 1]);
    const cellsByRow = tf.tensor1d(bag.cellsByRow, 'int32');
    const rowsAscending = tf.tensor1d(bag.rowsAscending, 'int32');
    (save as (tensors: Tensor[]) => void)([gains, cellsByRow, rowsAscending]);
    const sums = tf.sparse.sparseSegmentSum(tableNow as Tensor2D, tf.tensor1d(bag.rows, 'int32'), tf.tensor1d(bag.cells, 'int32'));
    const perSlot = tf.reshape(tf.slice(sums, [0, 0], [cellCount, hidden]), [bag.examples, slots(recent), hidden]);
    const value = tf.sum(tf.mul(perSlot, gains), 1);
    const gradFunc = (change: Tensor, saved: Tensor[]) => {
      const [gainsThen, from, to] = saved as [Tensor, Tensor1D, Tensor1D];
      const perCell: Tensor2D = tf.reshape(tf.mul(tf.reshape(change, [bag.examples, 1, hidden]), gainsThen), [cellCount, hidden]);
      return tf.slice(tf.sparse.sparseSegmentSum(perCell, from, to), [0, 0], [2 * items, hidden]);
    };
    return { value, gradFunc };
  });
  return sum(table) as Tensor2D;
}

/** What really came next, for each example some items with weights that add up to 1. */
export interface Targets {
  /** (example, item) pairs, flat. */
  places: Int32Array;
  shares: Float32Array;
}

/**
 * Mean cross-entropy between the targets and the softmax of `scores`. Only the probabilities at the targets are logged:
 * the logarithm of all of them would take a tenth of the step on wasm.
 */
export function crossEntropy(tf: TensorFlow, scores: Tensor2D, targets: Targets): Scalar {
  const [examples, items] = scores.shape;
  const entropy = tf.customGrad((scoresNow, save) => {
    const dense = new Float32Array(examples * items);
    targets.shares.forEach((share, i) => (dense[targets.places[2 * i]! * items + targets.places[2 * i + 1]!]! += share));
    const wanted = tf.tensor2d(dense, [examples, items]);
    const probabilities = tf.softmax(scoresNow as Tensor2D);
    (save as (tensors: Tensor[]) => void)([probabilities, wanted]);
    const atTargets = tf.gatherND(probabilities, tf.tensor2d(targets.places, [targets.shares.length, 2], 'int32'));
    const value = tf.div(tf.neg(tf.sum(tf.mul(tf.log(tf.add(atTargets, 1e-9)), tf.tensor1d(targets.shares)))), examples);
    const gradFunc = (change: Tensor, saved: Tensor[]) => tf.mul(tf.sub(saved[0]!, saved[1]!), tf.div(change, examples));
    return { value, gradFunc };
  });
  return entropy(scores) as Scalar;
}
