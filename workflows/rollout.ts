import {
  CancellationScope,
  ContinueAsNew,
  continueAsNew,
  defineQuery,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { MESSAGES, type RolloutStatus } from '../contracts/messages.ts';
import { ROUTE_STEP } from '../contracts/routes.ts';
import type { LookReport, RolloutInput, RolloutResult } from '../contracts/runs.ts';
import { ModelName, ModelVersion } from '../contracts/search-attributes.ts';
import { rolloutDetails } from '../domain/details.ts';
import { failed, rootMessage } from './failures.ts';
import { deploy, planning, watch } from './proxies.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, rollout);

export const rolloutStatusQuery = defineQuery<RolloutStatus>(MESSAGES.status);

/** Where a rollout stands, carried through continue-as-new: a held rollout may wait for weeks. */
interface Position {
  step: number;
  /** Null until the step's share is set. */
  startedAt: number | null;
  report: LookReport | null;
}

/**
 * The canary: the challenger takes a growing share of units, and each step ends with a verdict of the judge (domain/rollout).
 * Only proof promotes; harm sends traffic back at once; a rollout that cannot tell ends as `inconclusive`.
 * However it ends, also by cancellation, traffic is back with the champion unless the verdict was PROMOTE or a person is asked.
 */
export async function rollout(input: RolloutInput, from: Position = { step: 0, startedAt: null, report: null }): Promise<RolloutResult> {
  const at = showing(input, from);
  try {
    await plan(input, at);
    while (at.step < input.policy.steps.length) {
      const end = await takeStep(input, at);
      if (end) return await finish(input, at, end);
      at.step += 1;
      at.startedAt = null;
    }
    return ended(input, at, 'promote', at.report?.reasons.join(' ') ?? '');
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error; // not an end: the next run goes on at this share
    if (failed(error, 'PlanTooLong')) return ended(input, at, 'inconclusive', rootMessage(error));
    await CancellationScope.nonCancellable(() => trafficBackUnlessMoved(input));
    throw error;
  }
}

/** Refuses before any user is touched a rollout that could not reach a verdict in its time. */
async function plan(input: RolloutInput, at: Position): Promise<void> {
  if (at.step === 0 && at.startedAt === null) await planning('plan the rollout').planRollout(input);
}

type End = Pick<RolloutResult, 'outcome' | 'reason' | 'asks'>;

/** One share of traffic, watched until its verdict. Null when the next step may follow. */
async function takeStep(input: RolloutInput, at: Position): Promise<End | null> {
  const { policy } = input;
  const step = policy.steps[at.step]!;
  if (at.startedAt === null) {
    await deploy(`${step.percent} % of units to ${input.rollout}`).setRoutes(share(input, at.step, step.percent));
    at.startedAt = Date.now();
  }
  for (let reports = 1; ; reports++) {
    const reportEverySeconds = Math.max(2 * policy.lookEverySeconds, REPORT_EVERY_SECONDS);
    at.report = await watch(`watch ${input.rollout} at ${step.percent} %`, reportEverySeconds).watchRollout({
      ...input,
      stepIndex: at.step,
      stepStartedAt: at.startedAt,
      reportEverySeconds,
    });
    show(input, at);
    const { verdict, reasons } = at.report;
    if (verdict === 'PROMOTE') return null;
    if (verdict === 'ROLLBACK') return { outcome: 'rolled-back', reason: reasons.join(' '), asks: false };
    if (isOver(at, step.maxSeconds) && policy.expired !== 'hold')
      return { outcome: 'inconclusive', reason: reasons.join(' '), asks: policy.expired === 'ask' && verdict !== 'INVALID' };
    if (reports >= REPORTS_PER_RUN || workflowInfo().continueAsNewSuggested) await continueAsNew<typeof rollout>(input, at);
  }
}

/** INVALID and EXTEND keep the share and look again; only time ends them, and `hold` not even that. */
const isOver = (at: Position, maxSeconds: number): boolean => at.report?.verdict === 'EXPIRE' || Date.now() - at.startedAt! >= maxSeconds * 1000;

async function finish(input: RolloutInput, at: Position, end: End): Promise<RolloutResult> {
  // Nobody watches while a person thinks, so nobody is served by the challenger either; an approval may still promote it.
  await trafficBack(input, end.asks ? ROUTE_STEP.asked : ROUTE_STEP.back);
  return ended(input, at, end.outcome, end.reason, end.asks);
}

/** Whoever took the traffic over has moved it; why this rollout ended says more than that. */
async function trafficBackUnlessMoved(input: RolloutInput): Promise<void> {
  try {
    await trafficBack(input, ROUTE_STEP.back);
  } catch (error) {
    if (!failed(error, 'Fenced')) throw error;
  }
}

const trafficBack = (input: RolloutInput, step: number) =>
  deploy(`all traffic back to ${input.model}@${input.champion.version}`).setRoutes({
    ...share(input, 0, 0),
    step,
    challenger: null,
    rollout: null,
  });

const share = ({ model, epoch, owner, champion, challenger, rollout, warm }: RolloutInput, step: number, percent: number) => ({
  model,
  epoch,
  owner,
  step: step + 1,
  champion,
  challenger,
  rollout,
  percent,
  warm,
});

const ended = (input: RolloutInput, at: Position, outcome: RolloutResult['outcome'], reason: string, asks = false): RolloutResult => ({
  outcome,
  asks,
  reason,
  exposures: at.report?.units.challenger ?? 0,
  percent: input.policy.steps[Math.min(at.step, input.policy.steps.length - 1)]!.percent,
  report: at.report,
});

/** How often the history and the UI learn of a rollout without a verdict; the judge looks far more often. */
const REPORT_EVERY_SECONDS = 300;
/** Reports per run, a working day of them; then the history starts anew: a worker that takes over replays it, and a person reads it. */
const REPORTS_PER_RUN = 100;

function showing(input: RolloutInput, at: Position): Position {
  const { model, challenger, policy } = input;
  const percent = () => policy.steps[Math.min(at.step, policy.steps.length - 1)]!.percent;
  setHandler(rolloutStatusQuery, () => ({
    model,
    version: challenger.version,
    percent: percent(),
    step: at.step,
    steps: policy.steps.length,
    report: at.report,
  }));
  upsertSearchAttributes([
    { key: ModelName, value: model },
    { key: ModelVersion, value: challenger.version },
  ]);
  show(input, at);
  return at;
}

function show(input: RolloutInput, at: Position): void {
  const { percent } = input.policy.steps[Math.min(at.step, input.policy.steps.length - 1)]!;
  setCurrentDetails(at.report ? rolloutDetails(at.report, percent) : `**${input.rollout}** is about to take ${percent} % of units.`);
}
