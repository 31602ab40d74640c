import type { Instance, Predictor, Signature } from '../contracts/bundle.ts';

/** Files that a bundle holds to answer: network.json, weights.bin, encoders.json. */
export type LearnerFiles = Record<string, Buffer>;

/**
 * How a model learns and answers. The trainer (models/training) drives it step by step so that it can checkpoint and resume bit for bit.
 * The MODELS part owns and refines this interface.
 */
export interface Learner {
  /** Hyper-parameters as declared; also what a NaN retry lowers. */
  training: { learningRate: number; batchSize: number; epochs: number; optimizer: 'adam' | 'sgd' | 'momentum' };
  /** Loads the files of a bundle for answering. */
  open(files: LearnerFiles, signature: Signature): Promise<Predictor>;
  /** Checks an instance; throws InvalidRequest naming the field. */
  check(instance: Instance): void;
}
