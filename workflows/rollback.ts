import { getExternalWorkflowHandle, log, setWorkflowOptions, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { retrainId } from '../contracts/ids.ts';
import { ROUTE_STEP, type Routes } from '../contracts/routes.ts';
import type { RunResult, VersionRef } from '../contracts/runs.ts';
import { ModelName, ModelVersion, OutcomeKey } from '../contracts/search-attributes.ts';
import { deploy, quick } from './proxies.ts';
import { abortSignal } from './run.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, rollback);

export interface RollbackInput {
  model: string;
  /** Version to go back to; left out: last-good. */
  to?: number;
  by: string;
  reason: string;
}

/** The way back. It does not analyse and it wins every race: traffic first, then names, then whoever is still busy with the version is told. */
export async function rollback(input: RollbackInput): Promise<RunResult> {
  const { model } = input;
  const { workflowId, runId } = workflowInfo();
  const startedAt = new Date().toISOString();
  upsertSearchAttributes([{ key: ModelName, value: model }]);

  const { champion, target } = await quick('find the last good version').rollbackTarget({ model, to: input.to });
  const routes = await deploy('take over the traffic').claimRoutes({ model, owner: `${workflowId}/${runId}` });
  if (!isRunning(routes, target)) await deploy(`start ${model}@${target.version}`).ensureServer({ model, ...target });
  await deploy(`all traffic to ${model}@${target.version}`).setRoutes({
    ...routes,
    champion: target,
    challenger: null,
    rollout: null,
    percent: 0,
    warm: null,
    step: ROUTE_STEP.back,
  });
  await quick('move the aliases').rollbackAliases({ model, by: runId, epoch: routes.epoch, to: target.version });

  const reason = `Rolled back from version ${champion?.version ?? 'none'} to ${target.version} by ${input.by}: ${input.reason}`;
  await stopRetrain(model, reason);
  upsertSearchAttributes([
    { key: ModelVersion, value: target.version },
    { key: OutcomeKey, value: 'rolled-back' },
  ]);
  const result: RunResult = { model, outcome: 'rolled-back', reason, version: target.version, stage: 'promote', snapshot: null, gate: null, rollout: null };
  await quick('write down the rollback').recordRun({ ...result, run: runId, trigger: 'manual', startedAt, endedAt: new Date().toISOString() });
  return result;
}

/** The champion before a rollout and a version in its soak are up; anything older must be started first. */
const isRunning = ({ champion, warm }: Routes, { digest }: VersionRef): boolean => champion?.digest === digest || warm?.digest === digest;

async function stopRetrain(model: string, reason: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(retrainId(model)).signal(abortSignal, reason);
  } catch {
    log.info('no retrain to stop', { model }); // the signal found no open run, which is the usual case
  }
}
