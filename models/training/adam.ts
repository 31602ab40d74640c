import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backends.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;

/** What Adam remembers. The powers of the betas are kept as they are: computed anew as pow(beta, step) they differ in the last bits, and so would a resumed training. */
export interface AdamState {
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  accBeta1: number;
  accBeta2: number;
}

export interface Adam {
  /** The parameters after one step against the gradient; takes neither of them over. */
  next(parameters: Tensor1D, gradient: Tensor, learningRate: number): Tensor1D;
  state(): AdamState;
  dispose(): void;
}

/**
 * Adam (Kingma and Ba 2015, with the bias correction of its section 2 and epsilon as Keras has it) over one flat vector of all
 * parameters: a dozen ops a step, however many layers there are.
 */
export function adam(tf: TensorFlow, state: AdamState): Adam {
  let first = tf.tensor1d(state.firstMoment);
  let second = tf.tensor1d(state.secondMoment);
  let { accBeta1, accBeta2 } = state;
  return {
    next(parameters, gradient, learningRate) {
      accBeta1 *= BETA1;
      accBeta2 *= BETA2;
      const rate = (learningRate * Math.sqrt(1 - accBeta2)) / (1 - accBeta1);
      const [firstNow, secondNow, parametersNow] = tf.tidy(() => {
        const mean = tf.add(tf.mul(first, BETA1), tf.mul(gradient, 1 - BETA1));
        const square = tf.add(tf.mul(second, BETA2), tf.mul(tf.square(gradient), 1 - BETA2));
        return [mean, square, tf.sub(parameters, tf.mul(tf.div(mean, tf.add(tf.sqrt(square), EPSILON)), rate))] as Tensor1D[];
      });
      tf.dispose([first, second]);
      first = firstNow!;
      second = secondNow!;
      return parametersNow!;
    },
    state: () => ({ firstMoment: first.dataSync<'float32'>().slice(), secondMoment: second.dataSync<'float32'>().slice(), accBeta1, accBeta2 }),
    dispose: () => tf.dispose([first, second]),
  };
}

export const freshAdam = (size: number): AdamState => ({ firstMoment: new Float32Array(size), secondMoment: new Float32Array(size), accBeta1: 1, accBeta2: 1 });
