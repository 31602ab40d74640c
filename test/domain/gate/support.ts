import { gatePolicy, type GatePolicy } from '../../../contracts/policy.ts';
import { compare, type Comparison, type Contest, type JudgedMetric } from '../../../domain/gate/comparison.ts';
import { gateVerdict, type Judgement } from '../../../domain/gate/verdict.ts';
import type { Cases } from '../../../domain/metrics/metric.ts';
import { metricNamed } from '../../../domain/metrics/metric.ts';
import { seededRandom } from '../../../domain/random.ts';

/** Regression cases whose absolute errors are exactly `errors`, one unit each. */
export const casesWithErrors = (errors: readonly number[]): Cases => ({
  unitOf: Int32Array.from(errors.keys()),
  predictions: [...errors],
  truths: errors.map(() => 0),
  popularity: null,
});

export const judgedMetric = (name: string, role: JudgedMetric['role'] = 'primary'): JudgedMetric => ({ ...metricNamed(name, 'regression', 10)!, role });

export const policyWith = (some: Partial<GatePolicy> = {}): GatePolicy => ({ ...gatePolicy.parse({}), bootstrapSamples: 400, ...some });

export function contestOf(challenger: number[], champion: number[] | null, slices: Contest['slices'] = [], baseline = challenger.map(() => 100)): Contest {
  return {
    units: challenger.length,
    challenger: casesWithErrors(challenger),
    champion: champion && casesWithErrors(champion),
    baseline: casesWithErrors(baseline),
    slices,
  };
}

export function judged(
  contest: Contest,
  policy: GatePolicy,
  metrics: JudgedMetric[] = [judgedMetric('mae')],
  seed = 1,
): Judgement & { comparison: Comparison } {
  const steps = compare(contest, metrics, policy, seed);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return { ...gateVerdict(step.value, metrics, policy, contest.units, contest.champion === null), comparison: step.value };
}

/** `count` errors around `mean`, seeded. */
export function errorsAround(mean: number, count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => mean * (0.5 + random.next()));
}
