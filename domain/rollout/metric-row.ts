import type { RolloutPolicy } from '../../contracts/policy.ts';
import type { RolloutMetricRow } from '../../contracts/runs.ts';
import { excessBound } from './bounds.ts';
import { isShare, type MetricCounts, type RolloutCounts, type StepCounts } from './counts.ts';
import { meanEvidence } from './means.ts';
import { curveOf, logHarm, logLikelihood, logSafe, logSuperior, oddsInterval } from './rates.ts';

/** A line of the evidence, with the bound that makes a rare bad event safe (null where it does not apply). */
export interface JudgedMetric extends RolloutMetricRow {
  excessBound: number | null;
}

/**
 * What the counts prove about one metric.
 * @param harmAlpha level of harm: the rollout's alpha shared by all its guardrails
 */
export function judgeMetric(metric: MetricCounts, counts: RolloutCounts, policy: RolloutPolicy, harmAlpha: number): JudgedMetric {
  const evidence = metric.means ? ofMean(metric, policy, harmAlpha) : ofRate(metric, policy, harmAlpha);
  const bound = metric.role === 'guardrail' && metric.kind === 'rate' && !metric.good ? rareBound(metric, counts.steps, policy) : null;
  const row = { metric: metric.name, role: metric.role, good: metric.good, ...arms(metric, counts.served), ...evidence, excessBound: bound };
  return { ...row, state: stateOf(row, policy, harmAlpha) };
}

function ofRate({ risk, windows, good }: MetricCounts, { alpha, marginOdds }: RolloutPolicy, harmAlpha: number) {
  const atRisk = logLikelihood(curveOf(risk.strata));
  const closed = logLikelihood(curveOf(windows.strata));
  return {
    ...oddsInterval(atRisk, Math.max(alpha, harmAlpha)),
    logHarm: logHarm(atRisk, good),
    logSafe: logSafe(closed, good, marginOdds),
    logSuperior: logSuperior(closed, good),
  };
}

const ofMean = ({ means, good }: MetricCounts, { marginOdds, alpha, steps }: RolloutPolicy, harmAlpha: number) =>
  meanEvidence(means!, good, marginOdds, Math.max(alpha, harmAlpha), plannedUnits(steps));

/** The largest share (0–1) that the policy splits traffic by; 0 when it only ever gives all. */
export const largestShare = (steps: RolloutPolicy['steps']): number =>
  Math.max(0, ...steps.filter(({ percent }) => percent < 100).map(({ percent }) => percent / 100));

/** Units of both arms that the policy's smallest numbers add up to, at least 500. */
const plannedUnits = (steps: RolloutPolicy['steps']): number =>
  Math.max(
    500,
    steps.reduce((sum, { percent, minUnits }) => sum + (100 * minUnits) / percent, 0),
  );

/**
 * Both arms at the largest share that the policy splits: pooled over shares, a rate that moves in time would look like a difference,
 * and a share chosen by what was seen would be one look too many.
 */
function rareBound({ windows }: MetricCounts, counted: readonly StepCounts[], { alpha, steps }: RolloutPolicy): number {
  const largest = largestShare(steps);
  const index = counted.findIndex(({ share }) => isShare(share, largest));
  const { challenger, champion } = windows.shares[index] ?? NOBODY;
  return excessBound(challenger, champion, alpha / 2);
}

const NOBODY = { challenger: { units: 0, events: 0 }, champion: { units: 0, events: 0 } };

function stateOf(row: Omit<JudgedMetric, 'state'>, { alpha, marginRate }: RolloutPolicy, harmAlpha: number): RolloutMetricRow['state'] {
  if (row.logHarm >= Math.log(1 / harmAlpha)) return 'harm';
  // Where two tests can each call a metric safe, each has half of alpha; what is superior is safe too.
  const border = Math.log(row.excessBound === null ? 1 / alpha : 2 / alpha);
  if (row.logSuperior >= border) return 'superior';
  return row.logSafe >= border || (row.excessBound !== null && row.excessBound <= marginRate) ? 'safe' : 'open';
}

function arms({ means, risk }: MetricCounts, served: RolloutCounts['served']): Pick<RolloutMetricRow, 'champion' | 'challenger'> {
  if (means) return { champion: ofSums(means.champion), challenger: ofSums(means.challenger) };
  return { champion: ofUnits(served.champion, risk.champion.events), challenger: ofUnits(served.challenger, risk.challenger.events) };
}

const ofUnits = (units: number, events: number) => ({ units, events, rate: units > 0 ? events / units : 0 });
const ofSums = ({ units, sum }: { units: number; sum: number }) => ({ units, events: units, rate: units > 0 ? sum / units : 0 });
