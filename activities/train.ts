import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { TrainActivities } from '../contracts/activities.ts';
import { NON_RETRYABLE, NightjarError, type FailureType } from '../contracts/errors.ts';
import type { TrainingProgress } from '../contracts/messages.ts';
import type { Trained } from '../contracts/runs.ts';
import type { Ref } from '../contracts/store.ts';
import type { TrainerEnd } from './train/protocol.ts';
import { startTrainer } from './train/trainer-process.ts';

export interface TrainDeps {
  /** `dist/workers/trainer.js`; it reads its settings and the object store's address from the environment that it inherits. */
  trainerPath: string;
  log: Logger;
}

/** Details of a heartbeat: where the training is. Weights never travel; `manifest` says where they are, for people: a resume looks in the ledger itself. */
export interface TrainHeartbeat {
  step: number;
  manifest: Ref | null;
  progress: TrainingProgress | null;
}

/** Well below the heartbeat timeout (workflows/proxies.ts), and as often as someone watching `status` looks. */
const HEARTBEAT_MILLISECONDS = 2_000;
/** A checkpoint of a large network takes seconds to store; below the time that a stopping worker waits (workers/pools/activities.ts). */
const STOP_GRACE_MILLISECONDS = 40_000;

/**
 * Trains in a child process, so that a busy event loop never stops the heartbeats. Repeatable at any point: the trainer resumes from
 * the run's checkpoint ledger, and a run that is trained already is only read again.
 */
export function createTrainActivities(deps: TrainDeps): TrainActivities {
  return { train: (input) => train(deps, input) };
}

type Input = Parameters<TrainActivities['train']>[0];

async function train({ trainerPath, log }: TrainDeps, { model, run, snapshot, plan }: Input): Promise<Trained> {
  const context = Context.current();
  let beat: TrainHeartbeat = { step: 0, manifest: null, progress: null };
  const pulse = setInterval(() => context.heartbeat(beat), HEARTBEAT_MILLISECONDS);
  const trainer = startTrainer(
    trainerPath,
    {
      model,
      run,
      snapshot: snapshot.digest,
      definition: plan.definition,
      seed: plan.seed,
      checkpointEverySeconds: plan.policy.train.checkpointEverySeconds,
      attempt: { scheduledAt: context.info.scheduledTimestampMs, number: context.info.attempt },
    },
    {
      progress({ kind: _kind, manifest, ...figures }) {
        if (!beat.progress) log.info({ model, run, backend: figures.backend, totalSteps: figures.totalSteps }, 'training');
        beat = { step: figures.step, manifest, progress: { ...figures, at: new Date().toISOString() } };
        context.heartbeat(beat);
      },
      said: (text) => log.warn({ model, run }, text),
    },
  );
  const stopTrainer = () => trainer.stop(STOP_GRACE_MILLISECONDS);
  context.cancellationSignal.addEventListener('abort', stopTrainer, { once: true });
  if (context.cancellationSignal.aborted) stopTrainer();
  try {
    return trainedOrThrow(await trainer.end);
  } catch (error) {
    // Only now, with the trainer gone and its checkpoint stored, is the slot free.
    if (context.cancellationSignal.aborted) await context.cancelled;
    throw error;
  } finally {
    clearInterval(pulse);
    context.cancellationSignal.removeEventListener('abort', stopTrainer);
  }
}

function trainedOrThrow(end: TrainerEnd): Trained {
  if (end.kind === 'trained') return end.trained;
  if (end.kind === 'stopped') throw new NightjarError('TrainerDied', `It was told to stop at step ${end.step}.`);
  throw ApplicationFailure.create({ message: end.message, type: end.type, nonRetryable: NON_RETRYABLE.includes(end.type as FailureType) });
}
