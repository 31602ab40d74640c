import { getExternalWorkflowHandle, log, setWorkflowOptions, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { retrainId } from '../contracts/ids.ts';
import type { RunResult, VersionRef } from '../contracts/runs.ts';
import { ModelName, ModelVersion, OutcomeKey } from '../contracts/search-attributes.ts';
import { deploy, quick, wayBack } from './proxies.ts';
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

  const { champion, target, epoch } = await trafficBack(input, `${workflowId}/${runId}`);
  const reason = `Rolled back from version ${champion?.version ?? 'none'} to ${target.version} by ${input.by}: ${input.reason}`;
  await stopRetrain(model, reason); // before the names: a night that is still busy must not act on what it knew
  await quick('move the aliases').rollbackAliases({ model, by: runId, epoch, to: target.version });
  if (champion && champion.version !== target.version) await deploy(`stop ${model}@${champion.version}`).retireServers({ model, versions: [champion.version] });
  upsertSearchAttributes([
    { key: ModelVersion, value: target.version },
    { key: OutcomeKey, value: 'rolled-back' },
  ]);
  const result: RunResult = { model, outcome: 'rolled-back', reason, version: target.version, stage: 'promote', snapshot: null, gate: null, rollout: null };
  await quick('write down the rollback').recordRun({ ...result, run: runId, trigger: 'manual', startedAt, endedAt: new Date().toISOString() });
  return result;
}

interface SentBack {
  champion: VersionRef | null;
  target: VersionRef;
  epoch: number;
}

/** All traffic to a version whose server answers. What is decided while that one wakes up counts: then the way back is looked up anew. */
async function trafficBack({ model, to }: RollbackInput, owner: string): Promise<SentBack> {
  for (let awake: number | null = null; ;) {
    const { champion, target, seen } = await quick('find the last good version').rollbackTarget({ model, to });
    if (target.version !== awake) await wayBack(`wake ${model}@${target.version}`)({ model, ...target });
    awake = target.version;
    const routes = await deploy(`all traffic to ${model}@${target.version}`).sendBack({ model, owner, to: target, seen });
    if (routes) return { champion, target, epoch: routes.epoch };
  }
}

async function stopRetrain(model: string, reason: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(retrainId(model)).signal(abortSignal, reason);
  } catch {
    log.info('no retrain to stop', { model }); // the signal found no open run, which is the usual case
  }
}
