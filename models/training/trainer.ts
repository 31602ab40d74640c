import type { Rank, Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs';
import { randomFrom, type Random, type RandomState } from '../../domain/random.ts';
import type { TensorFlow } from '../backends.ts';
import type { Epoch, Fitted } from '../learner.ts';
import { cut } from '../weights.ts';
import { adam, freshAdam, type AdamState } from './adam.ts';

/** Everything that the next step depends on; a trainer made from it goes on bit for bit. */
export interface TrainerState extends AdamState {
  parameters: Float32Array;
  /** Steps done. */
  step: number;
  /** Where the generator stood before the current epoch was shuffled, and where it stands now. */
  epochRandom: RandomState;
  random: RandomState;
}

export interface Trainer {
  readonly totalSteps: number;
  stepsDone(): number;
  /** One optimizer step on the next batch; the mean loss before it, which may be NaN. */
  step(): number;
  state(): TrainerState;
  dispose(): void;
}

/** The state before the first step. */
export function freshState(fitted: Fitted, random: Random): TrainerState {
  const parameters = concatenated(fitted.parameters.map(({ values }) => values));
  return { parameters, step: 0, epochRandom: random.state(), random: random.state(), ...freshAdam(parameters.length) };
}

/** Trains what a learner has fitted, from any state. The learning rate falls along a half cosine to zero at the last step (Loshchilov and Hutter 2017). */
export function createTrainer(tf: TensorFlow, fitted: Fitted, learningRate: number, from: TrainerState): Trainer {
  const totalSteps = fitted.stepsPerEpoch * fitted.epochs;
  const optimizer = adam(tf, from);
  let parameters: Tensor1D = tf.tensor1d(from.parameters);
  let step = from.step;
  let { epochRandom } = from;
  // Drawn again from where the generator stood then, this is the order of the epoch that was interrupted.
  let epoch: Epoch = fitted.shuffle(randomFrom(epochRandom));
  const random = randomFrom(from.random);

  return {
    totalSteps,
    stepsDone: () => step,
    step() {
      const position = step % fitted.stepsPerEpoch;
      if (position === 0) {
        epochRandom = random.state();
        epoch = fitted.shuffle(random);
      }
      const batch = epoch.batch(position, random);
      const rate = learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / totalSteps));
      const [lossTensor, gradient] = tf.tidy(() => lossAndGradient(tf, fitted, parameters, (named) => batch.loss(tf, named)));
      const next = optimizer.next(parameters, gradient, rate);
      const loss = lossTensor.dataSync()[0]!;
      tf.dispose([parameters, gradient, lossTensor]);
      parameters = next;
      step++;
      return loss;
    },
    state: () => ({ parameters: parameters.dataSync<'float32'>().slice(), step, epochRandom, random: random.state(), ...optimizer.state() }),
    dispose() {
      parameters.dispose();
      optimizer.dispose();
    },
  };
}

/** The gradient is taken in the parameters, not through the cutting of the flat vector: that would pad each one to the full length. */
function lossAndGradient(tf: TensorFlow, fitted: Fitted, flat: Tensor1D, loss: (named: Record<string, Tensor>) => Scalar): [Scalar, Tensor] {
  const named = cut(tf, fitted.parameters, flat);
  const names = Object.keys(named);
  const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => loss(Object.fromEntries(tensors.map((tensor, i) => [names[i]!, tensor]))))(
    Object.values(named),
  );
  return [value, tf.concat1d(grads.map((gradient) => tf.reshape<Rank.R1>(gradient, [gradient.size])))];
}

function concatenated(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}
