import { NightjarError } from '../../contracts/errors.ts';
import { seededRandom, type RandomState } from '../../domain/random.ts';
import type { TensorFlow } from '../backends.ts';
import type { Fitted } from '../learner.ts';
import { bytesOf, floatsOf } from '../weights.ts';
import { addLoss, emptyCurve, type Curve } from './curve.ts';
import { createTrainer, freshState, type Trainer, type TrainerState } from './trainer.ts';

export interface TrainingJob {
  fitted: Fitted;
  seed: number;
  learningRate: number;
  checkpointEverySeconds: number;
  /** What the training is of; checkpoints of another fingerprint are left alone. */
  fingerprint: string;
}

/** State of a checkpoint besides the three vectors; small, JSON. */
interface TrainingState {
  epochRandom: RandomState;
  random: RandomState;
  accBeta1: number;
  accBeta2: number;
  learningRate: number;
  lowered: boolean;
  curve: Curve;
}

interface StoredTraining {
  step: number;
  fingerprint: string;
  state: TrainingState;
  shards: Record<string, Buffer>;
}

/** The checkpoint ledger as training needs it; `adapters/checkpoints.ts` is one. */
export interface Ledger<Reference> {
  load(fingerprint: string, skip?: number): Promise<StoredTraining | null>;
  save(checkpoint: StoredTraining): Promise<Reference>;
}

export interface TrainingHooks<Reference> {
  /** Asked after each step; true ends the training after a checkpoint. */
  stopRequested(): boolean;
  /** Called after each step. */
  progress(report: { step: number; totalSteps: number; epoch: number; loss: number; manifest: Reference | null }): void;
  /** Milliseconds, for the interval of checkpoints only: when they are taken changes nothing in the result. */
  now(): number;
  /** Lets signals and timers in between two steps. */
  breathe(): Promise<void>;
}

export interface TrainedParameters {
  kind: 'trained';
  parameters: Float32Array;
  steps: number;
  epochs: number;
  resumedAtStep: number;
  learningRate: number;
  curve: Curve;
}

export type TrainingEnd = TrainedParameters | { kind: 'stopped'; step: number };

/** A NaN is met once by going back and lowering the learning rate to this share. */
const LOWER_TO = 0.3;

/**
 * Trains to the end or until told to stop, from the newest whole checkpoint. When it ends, the result depends on job and backend
 * alone, not on how often it was interrupted. Throws TrainingDiverged when the loss stays NaN or infinite.
 */
export async function runTraining<Reference>(
  tf: TensorFlow,
  job: TrainingJob,
  ledger: Ledger<Reference>,
  hooks: TrainingHooks<Reference>,
): Promise<TrainingEnd> {
  const { fitted, fingerprint } = job;
  let run = resume(tf, job, await ledger.load(fingerprint));
  const resumedAtStep = run.trainer.stepsDone();
  let manifest: Reference | null = null;
  let savedAt = hooks.now();
  const save = async () => {
    manifest = await ledger.save(stored(run, fingerprint));
    savedAt = hooks.now();
  };

  try {
    while (run.trainer.stepsDone() < run.trainer.totalSteps) {
      const loss = run.trainer.step();
      if (!Number.isFinite(loss)) {
        run = await goBack(tf, job, run, ledger);
        await save(); // a crash from here on must not try the higher learning rate again
        continue;
      }
      addLoss(run.curve, loss, fitted.stepsPerEpoch);
      const step = run.trainer.stepsDone();
      hooks.progress({ step, totalSteps: run.trainer.totalSteps, epoch: Math.ceil(step / fitted.stepsPerEpoch), loss, manifest });
      await hooks.breathe();
      const stop = hooks.stopRequested();
      if (stop || hooks.now() - savedAt >= job.checkpointEverySeconds * 1000 || step === run.trainer.totalSteps) await save();
      if (stop) return { kind: 'stopped', step };
    }
    const { parameters, step } = run.trainer.state();
    if (!parameters.every(Number.isFinite)) throw new NightjarError('TrainingDiverged', 'In the last step.');
    return { kind: 'trained', parameters, steps: step, epochs: fitted.epochs, resumedAtStep, learningRate: run.learningRate, curve: run.curve };
  } finally {
    run.trainer.dispose();
  }
}

interface Running {
  trainer: Trainer;
  learningRate: number;
  lowered: boolean;
  curve: Curve;
}

function resume(tf: TensorFlow, job: TrainingJob, from: StoredTraining | null, lowered = from?.state.lowered ?? false): Running {
  const declared = from?.state.learningRate ?? job.learningRate;
  const learningRate = lowered && !from?.state.lowered ? declared * LOWER_TO : declared;
  const state = from ? trainerState(from) : freshState(job.fitted, seededRandom(job.seed));
  return { trainer: createTrainer(tf, job.fitted, learningRate, state), learningRate, lowered, curve: structuredClone(from?.state.curve ?? emptyCurve()) };
}

/** The newest checkpoint may hold what made the loss NaN in the next step; the one before led to a finite loss. */
async function goBack<Reference>(tf: TensorFlow, job: TrainingJob, run: Running, ledger: Ledger<Reference>): Promise<Running> {
  const where = `Step ${run.trainer.stepsDone()}, learning rate ${run.learningRate}.`;
  if (run.lowered) throw new NightjarError('TrainingDiverged', where);
  run.trainer.dispose();
  return resume(tf, job, await ledger.load(job.fingerprint, 1), true);
}

function stored({ trainer, learningRate, lowered, curve }: Running, fingerprint: string): StoredTraining {
  const { parameters, firstMoment, secondMoment, step, ...small } = trainer.state();
  return {
    step,
    fingerprint,
    state: { ...small, learningRate, lowered, curve },
    shards: { parameters: bytesOf(parameters), firstMoment: bytesOf(firstMoment), secondMoment: bytesOf(secondMoment) },
  };
}

function trainerState({ step, state, shards }: StoredTraining): TrainerState {
  const { epochRandom, random, accBeta1, accBeta2 } = state;
  const [parameters, firstMoment, secondMoment] = [shards.parameters!, shards.firstMoment!, shards.secondMoment!].map(floatsOf) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { parameters, firstMoment, secondMoment, step, epochRandom, random, accBeta1, accBeta2 };
}
