import type { Reward } from '../../contracts/events.ts';
import type { RolloutPolicy } from '../../contracts/policy.ts';
import { NightjarError } from '../../contracts/errors.ts';
import { emptyCounts, type RolloutCounts } from './counts.ts';
import { decodeUnits, encodeUnits, MOST_METRICS, type OpenWindow, type PackedUnit } from './units.ts';

/** All that is known of a rollout's events; one writer (`watchRollout`), changed by `fold` only. */
export interface RolloutState {
  rollout: string;
  /** When the first step's share was set; milliseconds since the epoch. */
  startedAt: number;
  counts: RolloutCounts;
  units: Map<string, PackedUnit>;
  /** In the order of first exposures. */
  open: Map<string, OpenWindow>;
  /** Rewards of units not seen yet: another gateway's exposure may still arrive. */
  early: Reward[];
  /** Last segment folded per gateway, so that nothing is counted twice. */
  cursors: Record<string, string>;
  /** Up to when each gateway's log is known; milliseconds since the epoch. */
  known: Record<string, number>;
  /** Event time up to which windows have been closed. */
  closedUntil: number;
  slow: SlowBorder;
}

/** The champion's p99, measured before the rollout or, when nothing was served before, from its first answers; then it is fixed. */
export interface SlowBorder {
  milliseconds: number | null;
  /** From when on answers are compared with it; milliseconds since the epoch. */
  since: number;
  /** The champion's answer times while the border is not known. */
  sample: number[];
}

/** Answers of the champion that make the border. */
export const SLOW_SAMPLE = 500;

/**
 * State before the first event.
 * @param startedAt when the first step's share was set; milliseconds since the epoch
 * @param answerTimes the champion's answer times before the rollout, milliseconds; with fewer than `SLOW_SAMPLE` the rollout's first ones are added
 * Throws InvalidDefinition when the policy has more metrics than a unit's record holds.
 */
export function newState(rollout: string, policy: RolloutPolicy, startedAt: number, answerTimes: readonly number[]): RolloutState {
  const counts = emptyCounts(policy, startedAt);
  if (counts.metrics.length > MOST_METRICS) throw new NightjarError('InvalidDefinition', `rollout.guardrails: more than ${MOST_METRICS} metrics.`);
  const slow: SlowBorder = { milliseconds: null, since: 0, sample: [] };
  for (const milliseconds of answerTimes) learnSlow(slow, milliseconds, startedAt, policy);
  return { rollout, startedAt, counts, units: new Map(), open: new Map(), early: [], cursors: {}, known: {}, closedUntil: 0, slow };
}

/** Adds an answer of the champion to the sample, in place; a full sample becomes the border. */
export function learnSlow(slow: SlowBorder, milliseconds: number, at: number, policy: RolloutPolicy): void {
  if (slow.milliseconds !== null) return;
  slow.sample.push(milliseconds);
  if (slow.sample.length < SLOW_SAMPLE) return;
  const floor = policy.slowFromMilliseconds ?? 0; // a run that was planned before this field goes on without it
  slow.milliseconds = Math.max(floor, slow.sample.sort((a, b) => a - b)[Math.ceil(0.99 * SLOW_SAMPLE) - 1]!);
  slow.since = at;
  slow.sample = [];
}

interface StoredState extends Omit<RolloutState, 'units' | 'open'> {
  format: 1;
  units: string;
  open: [string, OpenWindow][];
}

/** The state as one JSON text: about 22 MB for a million units. */
export function encodeState(state: RolloutState): string {
  const stored: StoredState = { format: 1, ...state, units: encodeUnits(state.units), open: [...state.open] };
  return JSON.stringify(stored);
}

export function decodeState(text: string): RolloutState {
  const { format, ...stored } = JSON.parse(text) as StoredState;
  if (format !== 1) throw new NightjarError('ObjectCorrupt', `A rollout state of format ${String(format)} cannot be read.`);
  return { ...stored, units: decodeUnits(stored.units), open: new Map(stored.open) };
}
