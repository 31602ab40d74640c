import { getExternalWorkflowHandle, log, setWorkflowOptions, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { retrainId } from '../contracts/ids.ts';
import { ROUTE_STEP } from '../contracts/routes.ts';
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

  // The target answers before the traffic is taken over: until then the judge of a running canary can still act by itself.
  const expected = await awake(input);
  const { epoch, owner } = await deploy('take over the traffic').claimRoutes({ model, owner: `${workflowId}/${runId}` });
  // From here on nobody else decides; what was decided while the target woke up counts.
  const { champion, target } = await awake(input, expected.target);
  await deploy(`all traffic to ${model}@${target.version}`).setRoutes({
    model,
    epoch,
    owner,
    champion: target,
    challenger: null,
    rollout: null,
    percent: 0,
    warm: null,
    step: ROUTE_STEP.back,
  });
  await quick('move the aliases').rollbackAliases({ model, by: runId, epoch, to: target.version });

  const reason = `Rolled back from version ${champion?.version ?? 'none'} to ${target.version} by ${input.by}: ${input.reason}`;
  await stopRetrain(model, reason);
  if (champion && champion.version !== target.version) await deploy(`stop ${model}@${champion.version}`).retireServers({ model, versions: [champion.version] });
  upsertSearchAttributes([
    { key: ModelVersion, value: target.version },
    { key: OutcomeKey, value: 'rolled-back' },
  ]);
  const result: RunResult = { model, outcome: 'rolled-back', reason, version: target.version, stage: 'promote', snapshot: null, gate: null, rollout: null };
  await quick('write down the rollback').recordRun({ ...result, run: runId, trigger: 'manual', startedAt, endedAt: new Date().toISOString() });
  return result;
}

/** Where to go back to, with a server that answers. */
async function awake({ model, to }: RollbackInput, already?: VersionRef): Promise<{ champion: VersionRef | null; target: VersionRef }> {
  const decided = await quick('find the last good version').rollbackTarget({ model, to });
  if (decided.target.version !== already?.version) await deploy(`wake ${model}@${decided.target.version}`).wakeServer({ model, ...decided.target });
  return decided;
}

async function stopRetrain(model: string, reason: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(retrainId(model)).signal(abortSignal, reason);
  } catch {
    log.info('no retrain to stop', { model }); // the signal found no open run, which is the usual case
  }
}
