import type { GatePolicy } from '../../contracts/policy.ts';
import type { GateVerdict, MetricRow } from '../../contracts/runs.ts';
import type { Comparison, JudgedMetric } from './comparison.ts';

export interface Judgement {
  verdict: GateVerdict;
  /** Whole sentences, worst first. */
  reasons: string[];
}

type Finding = { weight: 'reject' | 'inconclusive' | 'suspicious' | 'note'; reason: string };
const WEIGHTS = ['reject', 'inconclusive', 'suspicious', 'note'] as const;

/**
 * The offline verdict (statistics: section 3). What is not proven to stay within the margin rejects, unless the interval holds both margins: then it
 * is inconclusive, never a pass. What is too good to be true is suspicious; without a champion only the absolute thresholds and the baseline count.
 */
export function gateVerdict(comparison: Comparison, metrics: readonly JudgedMetric[], policy: GatePolicy, units: number, first: boolean): Judgement {
  const findings = [
    ...undefinedFindings(comparison, metrics),
    ...baselineFindings(comparison, metrics),
    ...(first ? absoluteFindings(comparison, metrics, policy) : againstChampion(comparison, metrics, policy, units)),
  ].sort((a, b) => WEIGHTS.indexOf(a.weight) - WEIGHTS.indexOf(b.weight));
  const worst = findings[0]?.weight ?? 'inconclusive';
  return { verdict: worst !== 'note' ? worst : first ? 'first-version' : 'pass', reasons: findings.map(({ reason }) => reason) };
}

/** The verdict when a model answered with something that is no prediction. */
export function brokenVerdict(broken: number, of: number): Judgement {
  return { verdict: 'reject', reasons: [`${broken} of ${of} predictions of the challenger are not usable: missing, not a number, or infinite.`] };
}

function undefinedFindings({ undefinedMetrics }: Comparison, metrics: readonly JudgedMetric[]): Finding[] {
  const judged = undefinedMetrics.filter((name) => metrics.find((metric) => metric.name === name)!.role !== 'report');
  return judged.map((name) => ({ weight: 'inconclusive', reason: `${name} is undefined on these test rows.` }));
}

function baselineFindings(comparison: Comparison, metrics: readonly JudgedMetric[]): Finding[] {
  const found = roles(comparison, metrics, 'primary')[0];
  if (!found || found.row.baseline === null) return [];
  const { row, sign } = found;
  const better = sign * (row.challenger - row.baseline!) > 0;
  const numbers = `${row.metric} ${show(row.challenger)} against ${show(row.baseline!)}`;
  return [
    better ? { weight: 'note', reason: `Better than the baseline: ${numbers}.` } : { weight: 'reject', reason: `Not better than the baseline: ${numbers}.` },
  ];
}

/** First version: there is nothing to compare with but what policy asks for at least. */
function absoluteFindings(comparison: Comparison, metrics: readonly JudgedMetric[], policy: GatePolicy): Finding[] {
  const findings: Finding[] = Object.entries(policy.absolute).map(([name, wanted]) => {
    const row = comparison.metrics.find(({ metric }) => metric === name);
    if (!row) return { weight: 'inconclusive', reason: `Policy asks for ${name} ${show(wanted)}, which these test rows leave undefined.` };
    const { moreIsBetter } = metrics.find((metric) => metric.name === name)!;
    const kept = moreIsBetter ? row.challenger >= wanted : row.challenger <= wanted;
    const numbers = `${name} is ${show(row.challenger)}; policy asks for at ${moreIsBetter ? 'least' : 'most'} ${show(wanted)}.`;
    return { weight: kept ? 'note' : 'reject', reason: numbers };
  });
  return [...findings, { weight: 'note', reason: 'First version: there is no champion to compare with.' }];
}

function againstChampion(comparison: Comparison, metrics: readonly JudgedMetric[], policy: GatePolicy, units: number): Finding[] {
  const few: Finding[] =
    units < policy.sliceMinUnits
      ? [{ weight: 'inconclusive', reason: `Only ${units} test units; under ${policy.sliceMinUnits} an interval cannot be trusted.` }]
      : [];
  return [
    ...few,
    ...roles(comparison, metrics, 'primary').flatMap((found) => [marginFinding(found, policy.margin), ...suspicion(found, policy)]),
    ...roles(comparison, metrics, 'guardrail').map((found) => marginFinding(found, policy.guardrailMargins[found.row.metric] ?? policy.margin)),
    ...comparison.slices
      .filter(({ worse }) => worse)
      .map(({ slice, units: counted, challenger, champion }): Finding => ({
        weight: 'reject',
        reason: `Worse on the slice ${slice}: ${show(challenger)} against ${show(champion)} over ${counted} units.`,
      })),
  ];
}

interface Found {
  row: MetricRow;
  /** 1 when more is better, −1 when less is: differences times sign are gains. */
  sign: 1 | -1;
}

function marginFinding({ row, sign }: Found, margin: number): Finding {
  const numbers = `${row.metric} ${show(row.challenger)} against the champion's ${row.champion === null ? 'none' : show(row.champion)}`;
  if (row.low === null || row.high === null) return { weight: 'inconclusive', reason: `${numbers}: the difference has no interval on these test rows.` };
  const [low, high] = sign === 1 ? [row.low, row.high] : [-row.high, -row.low];
  const told = `${numbers}, difference between ${show(row.low)} and ${show(row.high)}, margin ${show(margin)}`;
  if (low > -margin) return { weight: 'note', reason: `Not worse: ${told}.` };
  return high >= margin
    ? { weight: 'inconclusive', reason: `Better or worse, these test rows cannot tell: ${told}.` }
    : { weight: 'reject', reason: `Worse than the margin allows, or not proven otherwise: ${told}.` };
}

function suspicion({ row, sign }: Found, policy: GatePolicy): Finding[] {
  if (row.champion === null) return [];
  const gain = sign * (row.challenger - row.champion);
  if (!(gain > policy.suspiciousRelative * Math.abs(row.champion))) return [];
  const percent = row.champion === 0 ? 'infinitely' : `${Math.round((gain / Math.abs(row.champion)) * 100)} %`;
  return [
    {
      weight: 'suspicious',
      reason: `Too good to be true: ${row.metric} is ${percent} better than the champion's (over ${Math.round(policy.suspiciousRelative * 100)} % a leak is likely); a person must look.`,
    },
  ];
}

function roles(comparison: Comparison, metrics: readonly JudgedMetric[], role: MetricRow['role']): Found[] {
  return comparison.metrics
    .filter((row) => row.role === role)
    .map((row) => ({ row, sign: metrics.find(({ name }) => name === row.metric)!.moreIsBetter ? 1 : -1 }));
}

const show = (value: number): string => String(Number(value.toPrecision(4)));
