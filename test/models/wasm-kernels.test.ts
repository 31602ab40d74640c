import type { Rank, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { openBackend } from '../../models/backends.ts';
import { mendWasmKernels } from '../../models/wasm-kernels.ts';

const { tf } = await openBackend('wasm');
const numbers = (...shape: number[]): Tensor =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * 7) % 11) - 5),
    shape,
  );
const values = (tensor: Tensor): number[] => [...tensor.dataSync()];

/** Row times column, by hand. */
function product(a: number[][], b: number[][]): number[] {
  return a.flatMap((row) => b[0]!.map((_, column) => row.reduce((sum, value, i) => sum + value * b[i]![column]!, 0)));
}
const transposed = (matrix: number[][]): number[][] => matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

test('a product with transposed operands has the numbers of one written out', () => {
  const [a, b] = [numbers(3, 4) as Tensor2D, numbers(4, 5) as Tensor2D];
  const [left, right] = [a.arraySync(), b.arraySync()];
  expect(values(tf.matMul(a, b))).toEqual(product(left, right));
  expect(values(tf.matMul(a, a, true, false))).toEqual(product(transposed(left), left));
  expect(values(tf.matMul(a, a, false, true))).toEqual(product(left, transposed(left)));
  expect(values(tf.matMul(b, a, true, true))).toEqual(product(transposed(right), transposed(left)));
  const batch = numbers(2, 3, 4) as Tensor3D;
  const [first, second] = batch.arraySync();
  expect(values(tf.matMul(batch, batch, true, false))).toEqual([...product(transposed(first!), first!), ...product(transposed(second!), second!)]);
});

test('rows are added up by segment; negative segments are dropped and empty ones are zero', () => {
  const rows = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
  const sums = tf.unsortedSegmentSum(rows, tf.tensor1d([2, 0, 2, -1], 'int32'), 4);
  expect(sums.arraySync()).toEqual([[3, 4], [0, 0], [6, 8], [0, 0]]); // prettier-ignore
});

test('the gradient of an embedding adds up what belongs to a row', () => {
  const gradient = tf.grad((table) => tf.sum(tf.gather(table, tf.tensor1d([1, 1, 0], 'int32'))))(numbers(3, 2));
  expect(gradient.arraySync()).toEqual([[1, 1], [2, 2], [0, 0]]); // prettier-ignore
});

test('parts in one piece and in several are those asked for', () => {
  const flat = tf.tensor1d([0, 1, 2, 3, 4, 5]);
  expect(values(tf.slice(flat, [2], [3]))).toEqual([2, 3, 4]);
  expect(values(tf.slice(flat, [4], [-1]))).toEqual([4, 5]);
  expect(values(tf.slice(flat, [3], [0]))).toEqual([]);
  const matrix = tf.reshape<Rank.R2>(flat, [3, 2]);
  expect(values(tf.slice(matrix, [1, 0], [2, 2]))).toEqual([2, 3, 4, 5]);
  expect(values(tf.slice(matrix, [0, 1], [3, 1]))).toEqual([1, 3, 5]);
  expect(values(tf.slice(tf.tensor1d([1, 2, 3], 'int32'), [1], [1]))).toEqual([2]);
});

test('the gradient of a convolution is refused with the reason, instead of never ending', () => {
  const image = numbers(1, 4, 4, 1) as never;
  const filter = numbers(2, 2, 1, 1) as never;
  expect(() => tf.grad((weights) => tf.sum(tf.conv2d(image, weights as never, 1, 'valid')))(filter)).toThrow(
    expect.objectContaining({ name: 'NoBackend' }) as Error,
  );
});

test('mending twice changes nothing, and no kernel leaves a tensor behind', () => {
  mendWasmKernels(tf);
  const [a, b] = [numbers(3, 4) as Tensor2D, numbers(4, 5) as Tensor2D];
  const before = tf.memory().numTensors;
  const buffers = tf.memory().numDataBuffers;
  tf.tidy(() => {
    tf.matMul(b, a, true, true);
    tf.slice(a, [1, 0], [1, 4]);
    tf.unsortedSegmentSum(a, tf.tensor1d([0, 0, 1], 'int32'), 2);
  });
  expect(tf.memory().numTensors).toBe(before);
  expect(tf.memory().numDataBuffers).toBe(buffers);
});
