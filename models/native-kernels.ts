import type * as Tf from '@tensorflow/tfjs';

/** What is used of tfjs-node's backend; the package is optional, so its types are not there. */
interface NativeBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number; TF_INT32: number };
  executeSingleOutput(name: string, attributes: { name: string; type: number; value: number }[], inputs: Tf.TensorInfo[]): Tf.TensorInfo;
}

/** tfjs-node 4.22 does not hand on SparseSegmentSum, which TensorFlow has: the sum of rows that the first layer of a history is. */
export function addNativeKernels(tf: typeof Tf): void {
  if (tf.getKernel('SparseSegmentSum', 'tensorflow')) return;
  tf.registerKernel({
    kernelName: 'SparseSegmentSum',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, backend }) => {
      const { data, indices, segmentIds } = inputs as Record<string, Tf.TensorInfo>;
      const { binding, executeSingleOutput } = backend as unknown as NativeBackend;
      const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
      const attributes = [type('T', binding.TF_FLOAT), type('Tidx', binding.TF_INT32), type('Tsegmentids', binding.TF_INT32)];
      return executeSingleOutput.call(backend, 'SparseSegmentSum', attributes, [data!, indices!, segmentIds!]);
    },
  });
}
