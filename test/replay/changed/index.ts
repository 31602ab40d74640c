import { sleep } from '@temporalio/workflow';
import { retrain as unchanged } from '../../../workflows/retrain.ts';
import type { RetrainInput, RunResult } from '../../../contracts/runs.ts';

/** `retrain` with a change that no patch guards: replay must catch it. */
export async function retrain(input: RetrainInput): Promise<RunResult> {
  await sleep('1 second');
  return unchanged(input);
}
