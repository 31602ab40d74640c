import { openLedger, type CheckpointLedger } from '../../adapters/checkpoints.ts';
import { sha256 } from '../../adapters/objects.ts';
import type { ObjectStore, Ref } from '../../contracts/store.ts';
import { seededRandom } from '../../domain/random.ts';
import type { TensorFlow } from '../../models/backends.ts';
import type { Row } from '../../models/define.ts';
import { historyRecommender } from '../../models/history-recommender/index.ts';
import type { Fitted, Learner } from '../../models/learner.ts';
import { runTraining, type Ledger, type TrainedParameters, type TrainingEnd, type TrainingHooks } from '../../models/training/run.ts';
import { bytesOf } from '../../models/weights.ts';

/** Histories in which item i is mostly followed by item i+1. */
export function tinyRows(people = 60, items = 40): Row[] {
  const random = seededRandom(7);
  return Array.from({ length: people }, (_, person) => {
    const first = random.below(items);
    const length = 5 + random.below(15);
    return { user: `u${person}`, history: Array.from({ length }, (_step, i) => `i${(first + i) % items}`), next: [] };
  });
}

export async function* streamed<T>(values: T[]): AsyncIterable<T> {
  yield* values;
}

export const tinyLearner = (): Learner => historyRecommender({ unit: 'user', hidden: 8, training: { learningRate: 0.05, batchSize: 16, epochs: 10 } });

export const fitTiny = (): Promise<Fitted> => tinyLearner().fit(streamed(tinyRows()), seededRandom(1));

interface Attempt {
  /** After how many steps of this attempt it is told to stop. */
  stopAfter?: number;
  checkpointEverySeconds?: number;
  learningRate?: number;
  progress?: TrainingHooks<Ref>['progress'];
}

/** One attempt at a training, with a clock that ticks a second per step. */
export async function attempt(tf: TensorFlow, fitted: Fitted, store: ObjectStore, options: Attempt = {}): Promise<TrainingEnd> {
  let steps = 0;
  const ledger: CheckpointLedger<never> = await openLedger(store, 'runs/r/checkpoints', { owner: 'test', attempt: { scheduledAt: 0, number: 1 } });
  const { stopAfter = Infinity, checkpointEverySeconds = 5, learningRate = 0.05 } = options;
  return runTraining(tf, { fitted, seed: 3, learningRate, checkpointEverySeconds, fingerprint: 'f' }, ledger as unknown as Ledger<Ref>, {
    stopRequested: () => steps >= stopAfter,
    progress: (report) => {
      steps++;
      options.progress?.(report);
    },
    now: () => steps * 1000,
    breathe: async () => {},
  });
}

export function trained(end: TrainingEnd): TrainedParameters & { digest: string } {
  if (end.kind !== 'trained') throw new Error(`it ${end.kind}`);
  return { ...end, digest: sha256(bytesOf(end.parameters)) };
}
