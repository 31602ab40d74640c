import type { Tensor } from '@tensorflow/tfjs';
import { NightjarError } from '../contracts/errors.ts';
import type { TensorFlow } from './backends.ts';
import type { Parameter } from './learner.ts';

/** Name and shape of a parameter; `weights.bin` holds their values one after the other, float32, little-endian. */
export type Shapes = Omit<Parameter, 'values'>[];

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Cuts one flat vector into the parameters, without knowing what they are for. Call inside `tf.tidy` or dispose them. */
export function cut(tf: TensorFlow, shapes: Shapes, flat: Tensor): Record<string, Tensor> {
  let start = 0;
  return Object.fromEntries(
    shapes.map(({ name, shape }) => {
      const size = sizeOf(shape);
      const parameter = tf.reshape(tf.slice(flat, [start], [size]), shape);
      start += size;
      return [name, parameter];
    }),
  );
}

/** The parameters in `weights.bin`. Throws BundleRefused when it has another size. */
export function readWeights(tf: TensorFlow, shapes: Shapes, bytes: Buffer): Record<string, Tensor> {
  const size = shapes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (bytes.length !== 4 * size) throw new NightjarError('BundleRefused', `weights.bin has ${bytes.length} bytes, network.json wants ${4 * size}.`);
  return tf.tidy(() => cut(tf, shapes, tf.tensor1d(floatsOf(bytes))));
}

/** Copies, because a view on a Buffer may start at an address that float32 does not allow. */
export const floatsOf = (bytes: Buffer): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);
export const bytesOf = (floats: Float32Array): Buffer => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
