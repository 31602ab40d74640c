import {
  allHandlersFinished,
  CancellationScope,
  condition,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  setWorkflowOptions,
} from '@temporalio/workflow';
import { rolloutId, rolloutName } from '../contracts/ids.ts';
import { ROUTE_STEP, type Routes, type WantedRoutes } from '../contracts/routes.ts';
import type { RetrainInput, RolloutResult, RunPlan, RunResult, VersionRecord, VersionRef } from '../contracts/runs.ts';
import type { Outcome } from '../contracts/stages.ts';
import { describeAnomalies } from '../domain/anomalies.ts';
import { gateLetsThrough, needsApproval } from '../domain/approval.ts';
import { failed, rootMessage } from './failures.ts';
import { startMonitor } from './monitor.ts';
import { deploy, long, quick } from './proxies.ts';
import { rollout } from './rollout.ts';
import { Run } from './run.ts';
import { trainOnGpuOrCpu } from './training.ts';
import { whyUnfit } from './trial.ts';
import { UndoList } from './undo.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, retrain);

/**
 * The life of a model, one night:
 *
 *     refresh → train → evaluate → package → approve → rollout → promote
 *
 * Every way out is a result that a person can read (contracts/stages.ts: OUTCOMES); exceptions are for broken infrastructure and bugs.
 * Its workflow id is `retrain/<model>`: the server itself sees to it that one run per model is open.
 */
export async function retrain(input: RetrainInput): Promise<RunResult> {
  const run = new Run(input);
  const undo = new UndoList();
  try {
    const result = await run.scope.run(() => life(input, run, undo));
    return await close(run, result, undo);
  } catch (error) {
    const overtaken = whyOvertaken(run, error);
    if (overtaken) return await close(run, run.ends('rolled-back', overtaken), undo);
    await undo.runAll();
    await recordBrokenOff(run, error);
    throw error;
  }
}

async function life(input: RetrainInput, run: Run, undo: UndoList): Promise<RunResult> {
  const { model } = input;
  const step = { model, run: run.id };
  const plan = await quick('read the definition and its policy').planRun(input);
  run.plannedWith(plan);

  run.enter('refresh');
  const data = await long(`refresh the data of ${model}`).refresh({ ...step, definition: plan.definition });
  if (data.kind === 'unchanged') return run.ends('unchanged', data.reason);
  if (data.kind === 'invalid') return run.ends('invalid-data', describeAnomalies(data.anomalies, data.quarantine));
  const { snapshot } = data;
  run.trainsOn(snapshot);

  run.enter('train', `${snapshot.trainRows} rows to train on, ${snapshot.testRows} to test.`);
  const trained = await trainOnGpuOrCpu({ ...step, snapshot, plan }, (note) => run.say(note));

  run.enter('evaluate', `Trained ${trained.steps} steps on ${trained.backend}.`);
  const { champion, epoch: before } = await quick('look up the champion').currentChampion({ model });
  const gate = await long('compare challenger, champion and baseline').evaluate({ ...step, snapshot, trained, champion, plan });
  run.judgedBy(gate);
  if (!gateLetsThrough(gate.verdict, plan.policy.gate.inconclusive)) return run.ends('rejected', gate.reasons.join(' '));

  run.enter('package');
  const version = await long('package the version').packageVersion({ ...step, snapshot, trained, gate, plan });
  run.carries(version);
  undo.add(`stop the server of ${model}@${version.version}`, () => deploy('stop the challenger').retireServers({ model, versions: [version.version] }));
  const unfit = await whyUnfit(version, plan);
  if (unfit) return run.ends('rejected', unfit);

  if (needsApproval(gate.verdict, plan.policy.approval.when)) {
    await report(run, version, 'undecided', 'It waits for a decision.', null); // whoever decides looks at it first
    const no = await run.approval(version, plan, `The gate says ${gate.verdict}: ${gate.reasons.join(' ')}`);
    if (no) return no;
  }

  if (champion) await deploy('see that the champion answers').wakeServer({ model, ...champion });
  const { epoch, warm } = await deploy('take over the traffic').claimRoutes({ model, owner: run.owner });
  if (epoch !== before + 1) return run.ends('rolled-back', NEWER_DECISION); // what was judged against, and would be gone back to, is not what serves
  if (champion) {
    run.enter('rollout');
    undo.add('send all traffic back to the champion', () => deploy('all traffic to the champion').setRoutes(backTo(champion, warm, run, epoch)));
    const no = await rolledOut(run, plan, { epoch, warm }, champion, version);
    if (no) return no;
  }

  run.enter('promote');
  // Half a promotion would leave traffic and names in contradiction, or the champion unwatched: from here on only a newer decision about the traffic stops it.
  return CancellationScope.nonCancellable(async () => {
    await promote(run, epoch, champion, version);
    undo.forget();
    if (warm && warm.version !== champion?.version) await deploy(`stop ${model}@${warm.version}`).retireServers({ model, versions: [warm.version] });
    await startMonitor(model);
    return run.ends('promoted', champion ? `Proven on real traffic against version ${champion.version}.` : 'First version; approved as policy asks.');
  });
}

/** The canary. Null when the challenger may be promoted, else how the run ends. */
async function rolledOut(
  run: Run,
  plan: RunPlan,
  { epoch, warm }: Pick<Routes, 'epoch' | 'warm'>,
  champion: VersionRef,
  version: VersionRecord,
): Promise<RunResult | null> {
  const { model } = plan;
  const result = await executeChild(rollout, {
    workflowId: rolloutId(model, version.version),
    // A retrain that is terminated must not leave a canary in traffic: the child is asked to cancel, and then sends traffic back.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: `canary of ${model}@${version.version} against @${champion.version}`,
    args: [
      {
        model,
        run: run.id,
        rollout: rolloutName(model, version.version),
        owner: run.owner,
        epoch,
        policy: plan.policy.rollout,
        champion,
        challenger: refOf(version),
        warm,
      },
    ],
  });
  run.rolledOut(result);
  if (result.outcome === 'promote') return null;
  if (result.outcome === 'inconclusive' && result.asks) return run.approval(version, plan, `The rollout ended without a verdict: ${result.reason}`);
  return run.ends(result.outcome, result.reason);
}

/** Traffic first, names second: whoever reads the aliases finds that traffic is already there. Both are fenced by the epoch. */
async function promote(run: Run, epoch: number, champion: VersionRef | null, version: VersionRecord): Promise<void> {
  const { model } = version;
  await deploy(`all traffic to ${model}@${version.version}`).setRoutes({
    ...allTrafficTo(version, run, epoch),
    step: ROUTE_STEP.promoted,
    warm: champion,
  });
  const { lastGood } = await quick('move the aliases').promoteAliases({ model, run: run.id, champion: refOf(version), epoch });
  run.say(`Version ${lastGood ?? 'none'} stays warm as the way back.`);
}

/** Undoes what a run without a promotion did, then writes down how it ended; shielded, for an abort may have cancelled everything else. */
async function close(run: Run, result: RunResult, undo: UndoList): Promise<RunResult> {
  if (result.outcome !== 'promoted') await undo.runAll();
  await CancellationScope.nonCancellable(async () => {
    if (run.version) await report(run, run.version, result.outcome, result.reason, result.rollout);
    await quick('write down how the run ended').recordRun(run.record(result));
    await condition(allHandlersFinished);
  });
  return result;
}

/** A night that broke off stands in the records too; that it does must not hide why. */
async function recordBrokenOff(run: Run, error: unknown): Promise<void> {
  const result = run.ends(isCancellation(error) ? 'cancelled' : 'failed', rootMessage(error));
  await CancellationScope.nonCancellable(() => quick('write down that the run broke off').recordRun(run.record(result))).catch((why: unknown) =>
    log.error('could not write down that the run broke off', { why }),
  );
}

/** Whether a newer decision about the traffic overtook this run: a rollback told it to stop, or its steps are fenced out. */
function whyOvertaken(run: Run, error: unknown): string | null {
  if (failed(error, 'Fenced')) return run.aborted ?? NEWER_DECISION;
  return run.aborted && isCancellation(error) ? run.aborted : null;
}

const NEWER_DECISION = 'A newer decision about the traffic stands.';

const report = (run: Run, version: VersionRecord, outcome: Outcome | 'undecided', reason: string, rollout: RolloutResult | null) =>
  long('write the report').writeReport({ model: run.model, run: run.id, version, outcome, reason, rollout });

const refOf = ({ version, digest }: VersionRef): VersionRef => ({ version, digest });

const allTrafficTo = (champion: VersionRef, run: Run, epoch: number): Omit<WantedRoutes, 'step'> => ({
  model: run.model,
  epoch,
  owner: run.owner,
  champion: refOf(champion),
  challenger: null,
  rollout: null,
  percent: 0,
  warm: null,
});

const backTo = (champion: VersionRef, warm: VersionRef | null, run: Run, epoch: number): WantedRoutes => ({
  ...allTrafficTo(champion, run, epoch),
  warm,
  step: ROUTE_STEP.back,
});
