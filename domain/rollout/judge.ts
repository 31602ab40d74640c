import type { RolloutPolicy } from '../../contracts/policy.ts';
import type { LookReport, Verdict } from '../../contracts/runs.ts';
import { isShare, type RolloutCounts } from './counts.ts';
import { judgeMetric, type JudgedMetric } from './metric-row.ts';
import { whatIsUnsound } from './soundness.ts';
import { logSampleRatioMismatch } from './srm.ts';

/** Where the rollout stands when it is looked at. */
export interface Moment {
  /** Index in `policy.steps`. */
  stepIndex: number;
  /** When this step's share was set; milliseconds since the epoch. */
  stepStartedAt: number;
  now: number;
}

export interface Judgement extends Omit<LookReport, 'evidence' | 'rows'> {
  rows: JudgedMetric[];
}

/**
 * The verdict of a look (statistics 2.4), from counts alone. Worst first: counts that prove nothing (INVALID), then proven harm (ROLLBACK),
 * then whether this step is done (PROMOTE), its time is over (EXPIRE), or neither (EXTEND). docs/decisions/rollout-steps.md says what a step must show.
 */
export function judge(counts: RolloutCounts, policy: RolloutPolicy, moment: Moment): Judgement {
  const logSrm = logSampleRatioMismatch(counts.steps);
  const guardrails = counts.metrics.length; // the primary is guarded too
  const rows = counts.metrics.map((metric) => judgeMetric(metric, counts, policy, policy.alpha / guardrails));
  const { verdict, reasons } = decide(counts, policy, moment, rows, logSrm);
  return { verdict, reasons, looks: counts.looks, units: { ...counts.served }, rows, logSrm };
}

function decide(counts: RolloutCounts, policy: RolloutPolicy, moment: Moment, rows: JudgedMetric[], logSrm: number): { verdict: Verdict; reasons: string[] } {
  const unsound = whatIsUnsound(counts, policy, moment, logSrm);
  if (unsound.length > 0) return { verdict: 'INVALID', reasons: unsound };
  const harmed = rows.filter(({ state }) => state === 'harm');
  if (harmed.length > 0) return { verdict: 'ROLLBACK', reasons: harmed.map(describeHarm) };
  const missing = [...missingTime(counts, policy, moment), ...missingProof(policy, moment, rows)];
  if (missing.length === 0) return { verdict: 'PROMOTE', reasons: [describeSuccess(policy, moment, rows)] };
  const over = moment.now - moment.stepStartedAt >= policy.steps[moment.stepIndex]!.maxSeconds * 1000;
  return over ? { verdict: 'EXPIRE', reasons: ['The time of this step is over.', ...missing] } : { verdict: 'EXTEND', reasons: missing };
}

function missingTime({ steps }: RolloutCounts, policy: RolloutPolicy, { stepIndex, stepStartedAt, now }: Moment): string[] {
  const { percent, minUnits, minDwellSeconds } = policy.steps[stepIndex]!;
  const served = steps.find(({ share }) => isShare(share, percent / 100))?.served ?? 0;
  const dwelt = (now - stepStartedAt) / 1000;
  return [
    ...(served < minUnits ? [`The challenger has served ${served} of ${minUnits} units at ${percent} %.`] : []),
    ...(dwelt < minDwellSeconds ? [`This step lasts ${Math.ceil(minDwellSeconds - dwelt)} s more.`] : []),
  ];
}

/** Proof is for the last step; an earlier one bounds exposure, and is left unless a guardrail looks bad. */
function missingProof(policy: RolloutPolicy, { stepIndex }: Moment, rows: JudgedMetric[]): string[] {
  const last = stepIndex === policy.steps.length - 1;
  return rows.flatMap((row) => {
    if (!last)
      return isSuspect(row, policy, rows.length)
        ? [`${row.metric} looks worse (odds or difference ${short(row.effect)}); the share stays until that is clear.`]
        : [];
    if (row.state === 'superior' || (row.state === 'safe' && (row.role === 'guardrail' || policy.promoteWhen === 'non-inferior'))) return [];
    return [row.role === 'primary' && policy.promoteWhen === 'superior' ? `${row.metric} is not yet proven better.` : notYetSafe(row, policy)];
  });
}

/** Half-way to proven harm on the log scale: by Ville's inequality a harmless challenger gets there in at most √alpha of all rollouts, and leaves again. */
const isSuspect = ({ logHarm }: JudgedMetric, { alpha }: RolloutPolicy, guardrails: number): boolean => logHarm >= Math.log(guardrails / alpha) / 2;

function notYetSafe({ metric, excessBound }: JudgedMetric, { marginOdds, marginRate }: RolloutPolicy): string {
  const bound = excessBound === null ? '' : `, nor below ${percent(marginRate)} more events: up to ${percent(excessBound)} are possible`;
  return `${metric} is not yet proven worse by less than ${percent(marginOdds)}${bound}.`;
}

const describeHarm = ({ metric, champion, challenger, effect, low, high }: JudgedMetric): string =>
  `${metric} is proven worse: champion ${short(champion.rate)}, challenger ${short(challenger.rate)} of ${challenger.units} units; effect ${short(effect)} (${short(low)} … ${short(high)}).`;

function describeSuccess(policy: RolloutPolicy, { stepIndex }: Moment, rows: JudgedMetric[]): string {
  if (stepIndex < policy.steps.length - 1) return `No harm at ${policy.steps[stepIndex]!.percent} %: the next share may follow.`;
  const primary = rows.find(({ role }) => role === 'primary')!;
  return `${primary.metric} is ${primary.state === 'superior' ? 'proven better' : 'proven not worse by more than the margin'}, and every guardrail is safe.`;
}

const short = (value: number): string => Number(value.toPrecision(3)).toString();
const percent = (value: number): string => `${short(100 * value)} %`;
