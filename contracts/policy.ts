import { z } from 'zod';

const seconds = (value: number) => z.number().nonnegative().default(value);
const share = z.number().gt(0).lt(1);

/** When a person is asked. */
export const approvalPolicy = z.strictObject({
  when: z.enum(['never', 'first-version', 'suspicious', 'first-version-and-suspicious', 'always']).default('first-version-and-suspicious'),
  expiresAfterSeconds: seconds(24 * 3600),
});

/** The offline decision (statistics: section 3). Margins are absolute differences of the metric. */
export const gatePolicy = z.strictObject({
  /** The primary metric's lower bound must lie above −margin. */
  margin: z.number().nonnegative().default(0.005),
  /** Per guardrail metric: how much worse it may get, in its own unit. */
  guardrailMargins: z.record(z.string(), z.number().nonnegative()).default({}),
  /** First version only: the least acceptable value per metric (for a metric where less is better: the largest). */
  absolute: z.record(z.string(), z.number()).default({}),
  /** Relative improvement of the primary above which leakage is likely and a person is asked. */
  suspiciousRelative: z.number().positive().default(0.2),
  confidence: share.default(0.95),
  bootstrapSamples: z.int().min(100).default(2000),
  sliceFdr: share.default(0.1),
  sliceMinUnits: z.int().positive().default(50),
  inconclusive: z.enum(['reject', 'ask']).default('reject'),
  maxBundleBytes: z
    .number()
    .positive()
    .default(200 * 1024 * 1024),
  maxP99Milliseconds: z.number().positive().default(50),
});

export const rolloutStep = z.strictObject({
  /** Share of units that the challenger serves in this step. */
  percent: z.number().gt(0).lte(100),
  minDwellSeconds: seconds(600),
  /** Challenger units seen in this step before it may pass. */
  minUnits: z.int().nonnegative().default(100),
  maxSeconds: seconds(24 * 3600),
});

export const rolloutMetric = z.strictObject({
  name: z.string(),
  /** A rate counts units with an event; a mean sums a reward per unit. */
  kind: z.enum(['rate', 'mean']),
  /** Whether the event (or a larger mean) is good for the shop: an order is, an error is not. */
  good: z.boolean(),
});

/** The online decision (statistics: section 2). */
export const rolloutPolicy = z.strictObject({
  steps: z
    .array(rolloutStep)
    .min(1)
    .default([1, 5, 10, 25, 50].map((percent) => ({ percent, minDwellSeconds: 600, minUnits: 100, maxSeconds: 24 * 3600 }))),
  /** False alarms over the whole rollout, however often looked at. Guardrails share it (alpha/m each). */
  alpha: share.default(0.05),
  srmAlpha: share.default(0.001),
  /** Non-inferiority margin as an odds ratio: a bad event's odds may rise by this share before it counts as harm. */
  marginOdds: z.number().positive().default(0.1),
  /** A bad event too rare for odds to be told apart is also safe when its rate is proven to rise by less than this (docs/decisions/rollout-steps.md). */
  marginRate: share.default(0.02),
  /** An answer is slow when it takes longer than the champion's p99 before the rollout, and longer than this. */
  slowFromMilliseconds: z.number().nonnegative().default(0),
  /** `superior`: promote only when the primary is proven better; `non-inferior`: safe is enough. */
  promoteWhen: z.enum(['superior', 'non-inferior']).default('non-inferior'),
  /** Reward by which the arms are compared. */
  primary: rolloutMetric,
  /** Besides the primary; errors and slow answers are always guarded. With those three at most sixteen metrics: a unit's past fits into a number. */
  guardrails: z.array(rolloutMetric).max(13).default([]),
  /** A unit's window closes this long after its first exposure; only then does it count for safety and means. */
  unitWindowSeconds: seconds(600),
  lookEverySeconds: z.number().positive().default(60),
  /** An arm without data for longer than this makes the look INVALID. */
  graceSeconds: seconds(900),
  expired: z.enum(['hold', 'roll-back', 'ask']).default('roll-back'),
  /** How long the version before stays warm after a promotion. */
  soakSeconds: seconds(24 * 3600),
  /** Expected challenger-and-champion units per hour, for the plan; 0 = measure it from the event log. */
  expectedUnitsPerHour: z.number().nonnegative().default(0),
});

/** Watching the champion (statistics: section 4). */
export const monitorPolicy = z.strictObject({
  everySeconds: z.number().positive().default(3600),
  driftEffect: z.number().positive().default(0.1),
  driftP: share.default(0.01),
  /** Windows over threshold, of the last `ofWindows`, before a retrain is asked for (hysteresis). */
  needWindows: z.int().positive().default(2),
  ofWindows: z.int().positive().default(3),
  minWindowCount: z.int().positive().default(200),
  decayAlpha: share.default(0.01),
  coolDownSeconds: seconds(24 * 3600),
  maxRetrainsPerMonth: z.int().nonnegative().default(20),
  seasonal: z.boolean().default(false),
});

export const trainPolicy = z.strictObject({
  /** How long a training may wait for a GPU worker before it falls back to the cpu pool. */
  gpuWaitSeconds: z.number().positive().default(7200),
  checkpointEverySeconds: z.number().positive().default(60),
});

export const policySchema = z.strictObject({
  approval: approvalPolicy.prefault({}),
  gate: gatePolicy.prefault({}),
  rollout: rolloutPolicy,
  monitor: monitorPolicy.prefault({}),
  train: trainPolicy.prefault({}),
});

/** Thresholds and durations of a run, plain JSON, part of its history. Units are in the names. */
export type Policy = z.output<typeof policySchema>;
/** What a definition or a command writes; the rest is filled with the defaults above. */
export type PolicyInput = z.input<typeof policySchema>;
export type RolloutPolicy = Policy['rollout'];
export type RolloutMetric = z.output<typeof rolloutMetric>;
export type GatePolicy = Policy['gate'];
export type MonitorPolicy = Policy['monitor'];
