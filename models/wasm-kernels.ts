import type * as Tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { NightjarError } from '../contracts/errors.ts';

type Kernel = NonNullable<ReturnType<typeof Tf.getKernel>>['kernelFunc'];
let mended = false;

/**
 * Replaces the kernels of the wasm backend that are unusable for training as shipped (tfjs 4.22):
 * BatchMatMul with a transposed operand (every gradient of a dense layer) is ten times slower than without;
 * Slice copies all of its input before it takes a part;
 * UnsortedSegmentSum (the gradient of gather, so of every embedding) is missing;
 * gradients of convolutions are missing and would be computed by a fallback that never ends.
 * Numbers stay the same; may be called again.
 */
export function mendWasmKernels(tf: typeof Tf): void {
  if (mended) return;
  mended = true;
  transposeBeforeMatMul(tf);
  sliceInPlace(tf);
  addSegmentSum(tf);
  refuseConvolutionGradients(tf);
}

function transposeBeforeMatMul(tf: typeof Tf): void {
  const shipped = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
  const transpose = tf.getKernel('Transpose', 'wasm').kernelFunc;
  const kernelFunc: Kernel = ({ inputs, backend, attrs }) => {
    const { a, b } = inputs as { a: Tf.TensorInfo; b: Tf.TensorInfo };
    const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
    const swapLastTwo = (x: Tf.TensorInfo) => {
      const perm = x.shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      return transpose({ inputs: { x }, backend, attrs: { perm } }) as Tf.TensorInfo;
    };
    const left = transposeA ? swapLastTwo(a) : a;
    const right = transposeB ? swapLastTwo(b) : b;
    const product = shipped({ inputs: { a: left, b: right }, backend, attrs: { transposeA: false, transposeB: false } });
    for (const [copy, original] of [
      [left, a],
      [right, b],
    ] as const)
      if (copy !== original) (backend as BackendWasm).disposeData(copy.dataId);
    return product;
  };
  replaceKernel(tf, 'BatchMatMul', kernelFunc);
}

/** A part that lies in one piece is copied from where it lies. */
function sliceInPlace(tf: typeof Tf): void {
  const shipped = tf.getKernel('Slice', 'wasm').kernelFunc;
  const kernelFunc: Kernel = (call) => {
    const { x } = call.inputs as { x: Tf.TensorInfo };
    const { begin, size } = call.attrs as { begin: number[]; size: number[] };
    const [from, shape] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    const length = shape.reduce((product, axis) => product * axis, 1);
    if (x.dtype === 'string' || length === 0 || !tf.slice_util.isSliceContinous(x.shape, from, shape)) return shipped(call);
    const wasm = call.backend as BackendWasm;
    const output = wasm.makeOutput(shape, x.dtype);
    const start = tf.slice_util.computeFlatOffset(from, tf.util.computeStrides(x.shape));
    wasm.typedArrayFromHeap(output).set(wasm.typedArrayFromHeap(x).subarray(start, start + length));
    return output;
  };
  replaceKernel(tf, 'Slice', kernelFunc);
}

/** Rows of `x` added up by segment: out[segmentIds[r]] += x[r]. Ids below zero are dropped, as TensorFlow does. */
function addSegmentSum(tf: typeof Tf): void {
  const kernelFunc: Kernel = ({ inputs, backend, attrs }) => {
    const { x, segmentIds } = inputs as { x: Tf.TensorInfo; segmentIds: Tf.TensorInfo };
    const wasm = backend as BackendWasm;
    const rows = x.shape[0]!;
    const width = x.shape.slice(1).reduce((product, size) => product * size, 1);
    const output = wasm.makeOutput([attrs!.numSegments as number, ...x.shape.slice(1)], x.dtype);
    // Views are taken after the allocation: growing the heap detaches older ones.
    const values = wasm.typedArrayFromHeap(x);
    const ids = wasm.typedArrayFromHeap(segmentIds);
    const sums = wasm.typedArrayFromHeap(output).fill(0);
    for (let row = 0; row < rows; row++) {
      const target = ids[row]! * width;
      if (target < 0) continue;
      const source = row * width;
      for (let column = 0; column < width; column++) sums[target + column]! += values[source + column]!;
    }
    return output;
  };
  replaceKernel(tf, 'UnsortedSegmentSum', kernelFunc);
}

function refuseConvolutionGradients(tf: typeof Tf): void {
  for (const kernelName of ['Conv2DBackpropFilter', 'Conv3DBackpropFilterV2', 'DepthwiseConv2dNativeBackpropFilter']) {
    replaceKernel(tf, kernelName, () => {
      throw new NightjarError('NoBackend', `The wasm backend cannot train convolutions (kernel ${kernelName} is missing); they need the native binding.`);
    });
  }
}

function replaceKernel(tf: typeof Tf, kernelName: string, kernelFunc: Kernel): void {
  if (tf.getKernel(kernelName, 'wasm')) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
}
