import type { Policy, PolicyInput } from './policy.ts';
import type { Outcome, Stage, Trigger } from './stages.ts';
import type { Ref } from './store.ts';

/** Input of `retrain` and `nightly`. */
export interface RetrainInput {
  model: string;
  trigger: Trigger;
  /** Overrides parts of the definition's policy, for this run only. */
  policy?: Partial<PolicyInput>;
  /** Seed of initialisers, shuffles and bootstraps; default 1. */
  seed?: number;
}

/** What a run is going to do; the first activity's answer, so that the policy stands in the history. */
export interface RunPlan {
  model: string;
  /** sha256 of the model folder's source text. */
  definition: string;
  policy: Policy;
  seed: number;
}

/** A metric of the offline comparison, with its paired bootstrap interval for challenger − champion. */
export interface MetricRow {
  metric: string;
  challenger: number;
  champion: number | null;
  baseline: number | null;
  difference: number | null;
  low: number | null;
  high: number | null;
  role: 'primary' | 'guardrail' | 'report';
}

export type GateVerdict = 'pass' | 'reject' | 'suspicious' | 'first-version' | 'inconclusive';

/** Result of `evaluate`: the gate's verdict and the numbers it was computed from. */
export interface GateResult {
  verdict: GateVerdict;
  /** Whole sentences, worst first. */
  reasons: string[];
  metrics: MetricRow[];
  testUnits: number;
  evidence: Ref;
}

/** The unpackaged result of a training. */
export interface Trained {
  /** Weights with their manifest: the last entry of the checkpoint ledger. */
  weights: Ref;
  backend: string;
  steps: number;
  epochs: number;
  /** Step at which the last attempt resumed; 0 when it ran through. */
  resumedAtStep: number;
  /** Learning rate used in the end (lower than declared after a NaN retry). */
  learningRate: number;
  loss: number;
  seconds: number;
  /** Learning curve as JSON lines. */
  curve: Ref;
}

/** `models/<model>/versions/<n>.json` */
export interface VersionRecord {
  model: string;
  version: number;
  digest: string;
  bytes: number;
  run: string;
  snapshot: string;
  definition: string;
  metrics: Record<string, number>;
  createdAt: string;
}

/** A version by number and content. */
export interface VersionRef {
  version: number;
  digest: string;
}

/** What a real server made of a bundle before it was asked to serve. */
export interface TrialReport {
  digest: string;
  goldenAnswered: number;
  p50Milliseconds: number;
  p99Milliseconds: number;
  backend: string;
  bytes: number;
}

/** `models/<model>/runs/<run>.json` and the result of `retrain`. */
export interface RunResult {
  model: string;
  outcome: Outcome;
  /** Why it ended so, in one sentence for a person. */
  reason: string;
  version: number | null;
  stage: Stage;
  snapshot: string | null;
  definition?: string;
  gate: GateResult | null;
  rollout: RolloutResult | null;
}

export interface RunRecord extends RunResult {
  run: string;
  trigger: Trigger;
  startedAt: string;
  endedAt: string;
}

/** Verdicts of a look, worst first (statistics: section 2.4). */
export const VERDICTS = ['INVALID', 'ROLLBACK', 'EXPIRE', 'EXTEND', 'PROMOTE'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One metric's line in the evidence of a rollout. */
export interface RolloutMetricRow {
  metric: string;
  role: 'primary' | 'guardrail';
  good: boolean;
  champion: { units: number; events: number; rate: number };
  challenger: { units: number; events: number; rate: number };
  /** Odds ratio (rate) or difference (mean) challenger against champion, with its always-valid interval. */
  effect: number;
  low: number;
  high: number;
  logHarm: number;
  logSafe: number;
  logSuperior: number;
  state: 'harm' | 'superior' | 'safe' | 'open';
}

/** Result of a look. */
export interface LookReport {
  verdict: Verdict;
  reasons: string[];
  looks: number;
  units: { champion: number; challenger: number };
  rows: RolloutMetricRow[];
  logSrm: number;
  evidence: Ref;
}

export interface RolloutInput {
  model: string;
  run: string;
  /** `<model>@<version>`: in the routes, the sticky hash, the events and the key of the rollout's state. */
  rollout: string;
  /** Holder and number of the routes' epoch that this rollout acts in (contracts/routes.ts). */
  owner: string;
  epoch: number;
  policy: Policy['rollout'];
  champion: VersionRef;
  challenger: VersionRef;
  /** Earlier version that stays named as the way back when the champion's servers are away. */
  warm: VersionRef | null;
}

/** Result of the child workflow `rollout`. */
export interface RolloutResult {
  outcome: 'promote' | 'rolled-back' | 'inconclusive';
  /** Inconclusive, and policy says that a person decides; all traffic is with the champion until then. */
  asks: boolean;
  reason: string;
  /** Units that were served by the challenger. */
  exposures: number;
  percent: number;
  report: LookReport | null;
}
