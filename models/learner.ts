import type { Instance, Predictor, Signature } from '../contracts/bundle.ts';
import type { Random } from '../domain/random.ts';
import type { Row } from './define.ts';
import type { TensorFlow } from './backends.ts';
import type { Scalar, Tensor } from '@tensorflow/tfjs';

/** What a bundle holds to answer: `network.json`, `weights.bin`, `encoders.json`, by file name. */
export type LearnerFiles = Record<'network.json' | 'weights.bin' | 'encoders.json', Buffer>;

/** Hyper-parameters as declared in the definition. */
export interface TrainingDeclaration {
  learningRate: number;
  batchSize: number;
  /** Passes over the training examples; a learner may cap the steps of a small data set. */
  epochs: number;
}

/**
 * How a model learns and answers. `models/training` drives the learning step by step, so that it can be checkpointed at any step
 * and resumed bit for bit; training and serving call the same encoders and the same `check`, so they cannot differ.
 */
export interface Learner {
  readonly training: TrainingDeclaration;
  /** Fits encoders on the training rows and builds the network with seeded initial parameters. Sees no test row. Throws InvalidDefinition when the rows do not have the declared columns. */
  fit(rows: AsyncIterable<Row>, random: Random): Promise<Fitted>;
  /** Loads the files of a bundle for answering. Throws BundleRefused when they do not fit together. */
  open(files: LearnerFiles, signature: Signature): Promise<Predictor>;
  /** Checks a request; throws InvalidRequest naming the field. */
  check(instance: Instance): void;
}

/** A parameter of the network with its initial values; row-major. */
export interface Parameter {
  name: string;
  shape: number[];
  values: Float32Array;
}

/** Encoders and network, ready to be trained. */
export interface Fitted {
  /** `encoders.json`: everything between a request and the network's input. */
  readonly encoders: unknown;
  /** `network.json`: what `open` needs to lay out `weights.bin`. */
  readonly network: unknown;
  /** In the order of `weights.bin`. */
  readonly parameters: Parameter[];
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Draws the order of one epoch. Called once an epoch, and again from the same random state on resume. */
  shuffle(random: Random): Epoch;
}

/** One pass over the examples. */
export interface Epoch<B extends Batch = Batch> {
  /** Fills batch number `position` (0-based); draws what is random in it (dropout) from `random`. */
  batch(position: number, random: Random): B;
}

/** One batch, ready to be put through the network. */
export interface Batch {
  examples: number;
  /** Mean loss of the batch, differentiable in the parameters; called inside `tf.tidy`. */
  loss(tf: TensorFlow, parameters: Record<string, Tensor>): Scalar;
}
