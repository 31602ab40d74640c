import type { GatePolicy } from '../../contracts/policy.ts';
import type { GateResult, MetricRow } from '../../contracts/runs.ts';
import type { Contest, JudgedMetric, SliceRow } from '../../domain/gate/comparison.ts';
import type { Cases } from '../../domain/metrics/metric.ts';
import { labelOf, numberOf } from '../../domain/metrics/predictions.ts';
import { perUnit } from '../../domain/metrics/statistic.ts';

/** What a gate's verdict was computed from, stored by digest. Units are numbers in the order of the test rows, never names. */
export interface GateEvidence {
  model: string;
  run: string;
  snapshot: string;
  seed: number;
  policy: GatePolicy;
  challenger: string;
  champion: { version: number; digest: string } | null;
  verdict: GateResult['verdict'];
  reasons: string[];
  units: number;
  metrics: MetricRow[];
  slices: SliceRow[];
  /** Of metrics that are means over units: the value of each unit that counts. */
  perUnit: Record<string, { units: number[]; challenger: number[]; champion: number[] | null; baseline: number[] }>;
  /** Of a binary task, from which metrics over all rows (rocAuc, ece …) follow: a row each. */
  scored: { unit: number[]; label: number[]; challenger: number[]; champion: number[] | null; baseline: number[] } | null;
}

/** The per-unit values of every metric that has any. */
export function perUnitValues({ challenger, champion, baseline }: Contest, metrics: readonly JudgedMetric[]): GateEvidence['perUnit'] {
  const means = metrics.filter((metric) => metric.perRow !== null);
  return Object.fromEntries(
    means.map((metric) => {
      const valuesOf = (cases: Cases) => perUnit(cases.unitOf, metric.perRow!(cases));
      const of = valuesOf(challenger);
      const values = {
        units: [...of.units],
        challenger: [...of.means],
        champion: champion && [...valuesOf(champion).means],
        baseline: [...valuesOf(baseline).means],
      };
      return [metric.name, values];
    }),
  );
}

export function scoredRows({ challenger, champion, baseline }: Contest): NonNullable<GateEvidence['scored']> {
  const scores = (cases: Cases) => cases.predictions.map(numberOf);
  return {
    unit: [...challenger.unitOf],
    label: challenger.truths.map(labelOf),
    challenger: scores(challenger),
    champion: champion && scores(champion),
    baseline: scores(baseline),
  };
}
