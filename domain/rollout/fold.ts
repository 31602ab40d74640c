import type { Exposure, Reward, ServingEvent } from '../../contracts/events.ts';
import type { RolloutPolicy } from '../../contracts/policy.ts';
import { ERROR, SLOW } from './counts.ts';
import { isAnswerMetric, sealLook, touch, type Look } from './look.ts';
import { learnSlow, type RolloutState } from './state.ts';
import { MOST_SHARES, pack, unpack, type Unit } from './units.ts';
import { closeWindows, knownUntil } from './windows.ts';

/** A gateway's segment with its events (contracts/events.ts). */
export interface Segment {
  key: string;
  gateway: string;
  /** Up to when this gateway's log is known after it; milliseconds since the epoch. */
  until: number;
  events: ServingEvent[];
}

/**
 * Folds new segments into the state as one look: assignments, first events of units at risk, and windows that event time has closed.
 * A segment at or before its gateway's cursor is left out, so the same segment twice counts once. Segments of a gateway come in ascending order.
 * The state is changed in place and returned: copying a million units for each look would cost more than the look.
 */
export function fold(state: RolloutState, segments: readonly Segment[], policy: RolloutPolicy): RolloutState {
  const fresh = segments.filter(({ key, gateway }) => key > (state.cursors[gateway] ?? ''));
  if (fresh.length === 0) return state;
  const slowWasKnown = state.slow.milliseconds !== null;
  const look: Look = new Map();
  const windowMilliseconds = policy.unitWindowSeconds * 1000;
  const early = state.early;
  state.early = [];
  for (const event of inTime([...early, ...fresh.flatMap(({ events }) => events)])) {
    if (event.kind === 'reward') reward(state, look, event, windowMilliseconds);
    else if (event.rollout === state.rollout) exposure(state, look, event, policy);
  }
  for (const { key, gateway, until } of fresh) {
    state.cursors[gateway] = key;
    state.known[gateway] = Math.max(until, state.known[gateway] ?? 0);
    state.counts.newest = Math.max(until, state.counts.newest);
  }
  sealLook(state.counts, look, slowWasKnown);
  state.closedUntil = knownUntil(state, Math.min(policy.graceSeconds, 2 * policy.lookEverySeconds) * 1000);
  closeWindows(state, state.closedUntil, windowMilliseconds);
  state.early = state.early.filter(({ at }) => at >= state.closedUntil);
  state.counts.looks += 1;
  return state;
}

/** By time, and at the same time an exposure before the reward that may answer it. */
const inTime = (events: ServingEvent[]): ServingEvent[] => events.sort((a, b) => a.at - b.at || (a.kind === b.kind ? 0 : a.kind === 'exposure' ? -1 : 1));

function exposure(state: RolloutState, look: Look, event: Exposure, policy: RolloutPolicy): void {
  const windowMilliseconds = policy.unitWindowSeconds * 1000;
  const share = shareIndex(state, event.share);
  const packed = state.units.get(event.unit);
  const unit = packed === undefined ? firstSeen(state, event, share) : seenAgain(state, event, share, unpack(packed), windowMilliseconds);
  touch(look, event.unit, unit, unit.had, true);
  breakSilence(state, event);
  const slow = state.slow.milliseconds !== null && event.milliseconds > state.slow.milliseconds;
  if (event.arm === 'champion' && event.status === 'ok') learnSlow(state.slow, event.milliseconds, event.at, policy);
  if (event.status !== 'ok') happened(state, look, event, unit, ERROR, windowMilliseconds);
  if (slow) happened(state, look, event, unit, SLOW, windowMilliseconds);
  state.units.set(event.unit, pack(unit));
}

function firstSeen(state: RolloutState, { unit, arm, at, share: value }: Exposure, share: number): Unit {
  const step = state.counts.steps[share]!;
  step.units += 1;
  state.counts.served[arm] += 1;
  if (arm === 'challenger') {
    step.challenger += 1;
    step.served += 1;
  }
  if (value > 0 && value < 1)
    state.counts.silence[arm === 'challenger' ? 'champion' : 'challenger'].logChance += Math.log(arm === 'challenger' ? value : 1 - value);
  state.open.set(unit, { arm, share, from: at, had: 0, mixed: false, sums: {} });
  return { arm, share, firstShare: share, had: 0, moved: false };
}

function seenAgain(state: RolloutState, { unit: hash, arm, at }: Exposure, share: number, unit: Unit, windowMilliseconds: number): Unit {
  const window = state.open.get(hash);
  if (window && at <= window.from + windowMilliseconds && (window.arm !== arm || window.share !== share)) window.mixed = true;
  if (arm !== unit.arm && !unit.moved) {
    state.counts.served[arm] += 1;
    unit.moved = true;
  }
  if (share !== unit.share && arm === 'challenger') state.counts.steps[share]!.served += 1;
  return { ...unit, arm, share };
}

function breakSilence(state: RolloutState, { arm, at }: Exposure): void {
  const silence = state.counts.silence[arm];
  silence.since = Math.max(at, silence.since);
  silence.logChance = 0;
}

function reward(state: RolloutState, look: Look, event: Reward, windowMilliseconds: number): void {
  const index = state.counts.metrics.findIndex(({ name }) => name === event.name);
  if (index < 0 || isAnswerMetric(index)) return;
  const packed = state.units.get(event.unit);
  if (packed === undefined) {
    state.early.push(event);
    return;
  }
  const window = state.open.get(event.unit);
  if (window && event.at < window.from) return; // what it did before its first exposure is nobody's merit
  const unit = unpack(packed);
  const metric = state.counts.metrics[index]!;
  if (metric.kind === 'mean') addToWindow(state, event, index, windowMilliseconds);
  else if (event.value > 0) {
    touch(look, event.unit, unit, unit.had, false);
    happened(state, look, event, unit, index, windowMilliseconds);
    state.units.set(event.unit, pack(unit));
  }
}

function addToWindow(state: RolloutState, { unit, at, value }: Reward, index: number, windowMilliseconds: number): void {
  const window = state.open.get(unit);
  if (window && at >= window.from && at <= window.from + windowMilliseconds) window.sums[index] = (window.sums[index] ?? 0) + value;
}

/** The unit has the event of a metric: the first one counts among units at risk, and the first inside the window counts for the window. */
function happened(state: RolloutState, look: Look, event: ServingEvent, unit: Unit, index: number, windowMilliseconds: number): void {
  const bit = 1 << index;
  if (!(unit.had & bit)) look.get(event.unit)!.events[index] = { arm: unit.arm, share: unit.share };
  unit.had |= bit;
  const window = state.open.get(event.unit);
  if (window && event.at <= window.from + windowMilliseconds) window.had |= bit;
}

/** Index of a share in the counts; shares beyond the last one that a unit's record can name share its place. */
function shareIndex(state: RolloutState, share: number): number {
  const { steps } = state.counts;
  const known = steps.findIndex((step) => step.share === share);
  if (known >= 0) return known;
  if (steps.length === MOST_SHARES) return MOST_SHARES - 1;
  return steps.push({ share, units: 0, challenger: 0, served: 0 }) - 1;
}
