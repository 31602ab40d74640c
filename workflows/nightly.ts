import { executeChild, ParentClosePolicy, setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { retrainId } from '../contracts/ids.ts';
import type { RetrainInput, RunResult } from '../contracts/runs.ts';
import { ModelName, OutcomeKey } from '../contracts/search-attributes.ts';
import { retrain } from './retrain.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, nightly);

/**
 * What a schedule or a person starts. A schedule adds a time to its workflow ids, so it cannot keep a second retrain out by id;
 * this one starts `retrain/<model>`, whose id can, and waits for it (so that the schedule's overlap rule sees the night as one action).
 */
export async function nightly(input: RetrainInput): Promise<RunResult> {
  const { model, trigger } = input;
  upsertSearchAttributes([{ key: ModelName, value: model }]);
  const result = await executeChild(retrain, {
    workflowId: retrainId(model),
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `retrain ${model} (${trigger})`,
    args: [input],
  }).catch((error: unknown) => {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return alreadyRunning(model);
    throw error;
  });
  upsertSearchAttributes([{ key: OutcomeKey, value: result.outcome }]);
  return result;
}

const alreadyRunning = (model: string): RunResult => ({
  model,
  outcome: 'already-running',
  reason: `A retrain of ${model} is running; it goes on.`,
  version: null,
  stage: 'refresh',
  snapshot: null,
  gate: null,
  rollout: null,
});
