import type { LookReport } from './runs.ts';
import type { Outcome, Stage } from './stages.ts';

/** A person's decision about a waiting version: sent as the Update `decide`, or as the signals `approve` / `refuse` from the Temporal UI. */
export interface Decision {
  approve: boolean;
  /** Bundle digest decided on; must be the one that waits. Signals may leave it out. */
  digest?: string;
  by: string;
  reason?: string;
}

/** Answer to the query `status` of `retrain`: what an operator sees mid-run. */
export interface RunStatus {
  model: string;
  stage: Stage;
  since: string;
  version: number | null;
  digest: string | null;
  /** What it waits for, with the command to give; null when it waits for no person. */
  waitsFor: string | null;
  note: string;
  percent: number;
  outcome: Outcome | null;
  progress: TrainingProgress | null;
}

/** Live figures of a training; read from the heartbeat, so they are as old as `at`. */
export interface TrainingProgress {
  step: number;
  totalSteps: number;
  epoch: number;
  loss: number;
  examplesPerSecond: number;
  backend: string;
  at: string;
}

/** Names of messages; workflows define them, clients send them. */
export const MESSAGES = { status: 'status', decide: 'decide', approve: 'approve', refuse: 'refuse', abort: 'abort' } as const;

/** A look at a rollout; read from the heartbeat of its watch. */
export type LookProgress = Omit<LookReport, 'evidence'>;

/** Answer to the query `status` of `rollout`. */
export interface RolloutStatus {
  model: string;
  version: number;
  percent: number;
  step: number;
  steps: number;
  report: LookReport | null;
}
