import { NightjarError } from '../../contracts/errors.ts';
import type { GatePolicy } from '../../contracts/policy.ts';
import type { JudgedMetric } from '../../domain/gate/comparison.ts';
import { metricNamed } from '../../domain/metrics/metric.ts';
import { DEFAULT_K } from '../../models/baselines.ts';
import type { DefinedModel } from '../../models/define.ts';

/** The metrics that a definition declares, each once, the weightiest role first. Throws InvalidDefinition for one that the task does not have. */
export function declaredMetrics({ name, task, evaluate }: DefinedModel, policy: GatePolicy): JudgedMetric[] {
  const roles = new Map<string, JudgedMetric['role']>();
  const declare = (role: JudgedMetric['role'], metrics: readonly string[]) => {
    for (const metric of metrics) if (!roles.has(metric)) roles.set(metric, role);
  };
  declare('primary', [evaluate.primary]);
  declare('guardrail', evaluate.guardrails);
  declare('report', [...(evaluate.report ?? []), ...Object.keys(policy.absolute)]);
  return [...roles].map(([metric, role]) => {
    const found = metricNamed(metric, task, evaluate.k ?? DEFAULT_K);
    if (!found) throw new NightjarError('InvalidDefinition', `${name}: evaluate names '${metric}', which a ${task} task does not have.`);
    return { ...found, role };
  });
}
