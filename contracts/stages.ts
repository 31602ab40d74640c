/** The stages of a run, in the order in which `workflows/retrain.ts` enters them. The same words stand in the UI, CLI, logs and docs. */
export const STAGES = ['refresh', 'train', 'evaluate', 'package', 'approve', 'rollout', 'promote'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * Every way a run can end. All but the last two are results of the workflow; `failed` (broken infrastructure, a definition that does not
 * work) and `cancelled` end it as Temporal ends such a workflow, and stand in the run's record like the others.
 */
export const OUTCOMES = [
  'promoted',
  'unchanged',
  'invalid-data',
  'rejected',
  'refused',
  'expired',
  'rolled-back',
  'inconclusive',
  'already-running',
  'failed',
  'cancelled',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Outcomes after which a scheduler has nothing to look at: the CLI exits with 0. */
export const QUIET_OUTCOMES: readonly Outcome[] = ['promoted', 'unchanged'];

/** Why a run was started. */
export type Trigger = 'schedule' | 'manual' | 'drift' | 'decay';
