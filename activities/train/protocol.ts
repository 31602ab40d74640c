import type { AttemptOrder } from '../../adapters/checkpoints.ts';
import type { TrainingProgress } from '../../contracts/messages.ts';
import type { Trained } from '../../contracts/runs.ts';
import type { Ref } from '../../contracts/store.ts';

/** What the trainer process reads: one line of JSON on stdin, which then stays open. When it closes, the parent is gone. */
export interface TrainerJob {
  model: string;
  run: string;
  /** Snapshot digest. */
  snapshot: string;
  /** sha256 of the model folder's source text. */
  definition: string;
  seed: number;
  checkpointEverySeconds: number;
  attempt: AttemptOrder;
}

/** What it writes, one line of JSON each, on stdout; the last one says how it ended. */
export type TrainerLine =
  | ({ kind: 'progress'; manifest: Ref | null } & Omit<TrainingProgress, 'at'>)
  | { kind: 'trained'; trained: Trained }
  | { kind: 'stopped'; step: number }
  | { kind: 'failed'; type: string; message: string };

export type TrainerEnd = Exclude<TrainerLine, { kind: 'progress' }>;

/** Exit codes, for whoever sees only those. */
export const EXIT = { trained: 0, failed: 1, stopped: 3 } as const;
