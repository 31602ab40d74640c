import type { ArmName } from '../../contracts/events.ts';
import type { RolloutMetric, RolloutPolicy } from '../../contracts/policy.ts';
import type { Assigned } from './srm.ts';
import type { Counted } from './bounds.ts';
import { emptyMeans, type MeanTally } from './means.ts';
import type { Stratum } from './rates.ts';

/** What the judge sees: counts only, plain JSON, stored as evidence. */
export interface RolloutCounts {
  looks: number;
  /** Distinct units that each arm has served; a unit that the ramp moved counts in both. */
  served: Record<ArmName, number>;
  /** One entry per share of the challenger, in the order in which they were first seen. */
  steps: StepCounts[];
  metrics: MetricCounts[];
  silence: Record<ArmName, Silence>;
  /** Up to when the event log is known; milliseconds since the epoch. */
  newest: number;
}

export interface StepCounts extends Assigned {
  /** Units that the challenger served at this share. */
  served: number;
}

/** How long an arm has served nobody. */
export interface Silence {
  /** Its last exposure, or the start of the rollout; milliseconds since the epoch. */
  since: number;
  /** ln of the chance that so many new units all went to the other arm. */
  logChance: number;
}

export interface MetricCounts extends RolloutMetric {
  role: 'primary' | 'guardrail';
  /** First events of units at risk; not for means. */
  risk: Tally;
  /** Units whose window has closed; not for means. */
  windows: Tally;
  means: MeanTally | null;
}

export interface Tally {
  champion: Counted;
  challenger: Counted;
  /** Strata that tell something about the odds ratio, in the order of looks. */
  strata: Stratum[];
  /** Totals per share, in the order of `RolloutCounts.steps`. */
  shares: Record<ArmName, Counted>[];
}

/** Guardrails that every rollout has, first in the list. */
export const ERROR = 0;
export const SLOW = 1;
const BUILT_IN: RolloutMetric[] = [
  { name: 'error', kind: 'rate', good: false },
  { name: 'slow', kind: 'rate', good: false },
];

/** The metrics of a policy in a fixed order: error, slow, primary, guardrails; a name stands once. */
export function metricsOf(policy: RolloutPolicy): (RolloutMetric & { role: MetricCounts['role'] })[] {
  const all = [...BUILT_IN, policy.primary, ...policy.guardrails];
  const once = all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
  return once.map((metric) => ({ ...metric, role: metric.name === policy.primary.name ? 'primary' : 'guardrail' }));
}

export const emptyCounts = (policy: RolloutPolicy, startedAt: number): RolloutCounts => ({
  looks: 0,
  served: { champion: 0, challenger: 0 },
  steps: [],
  metrics: metricsOf(policy).map((metric) => ({ ...metric, risk: emptyTally(), windows: emptyTally(), means: metric.kind === 'mean' ? emptyMeans() : null })),
  silence: { champion: { since: startedAt, logChance: 0 }, challenger: { since: startedAt, logChance: 0 } },
  newest: startedAt,
});

export const emptyTally = (): Tally => ({ champion: noUnits(), challenger: noUnits(), strata: [], shares: [] });
export const noUnits = (): Counted => ({ units: 0, events: 0 });

/** Shares travel as numbers computed from percents. */
export const isShare = (share: number, wanted: number): boolean => Math.abs(share - wanted) < 1e-9;
