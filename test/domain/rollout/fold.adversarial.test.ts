import { describe, expect, it } from 'vitest';
import type { ServingEvent } from '../../../contracts/events.ts';
import { fold } from '../../../domain/rollout/fold.ts';
import { newState, SLOW_SAMPLE, type RolloutState } from '../../../domain/rollout/state.ts';
import { exposure, policyOf, reward, ROLLOUT, segment } from './support.ts';

const policy = policyOf();
const answers = Array.from({ length: SLOW_SAMPLE }, (_, i) => 1 + (i % 100));
const start = () => newState(ROLLOUT, policy, 0, answers);
const metric = (state: RolloutState, name: string) => state.counts.metrics.find((one) => one.name === name)!;
const after = (...looks: ServingEvent[][]) => looks.reduce((state, events, i) => fold(state, [segment(i + 1, 100_000 * (i + 1), events)], policy), start());

describe('fold, awkward events', () => {
  it('counts a unit once at risk per look and its event once per rollout', () => {
    const state = after([exposure(1, 'a'), exposure(2, 'a'), reward(3, 'a'), reward(4, 'a')], [exposure(100_001, 'a'), reward(100_002, 'a')]);
    const { risk } = metric(state, 'order');
    expect(risk.champion.units + risk.challenger.units).toBe(1);
    expect(risk.champion.events + risk.challenger.events).toBe(1);
  });

  it('ignores rewards of other units, of other names and of the time before the first exposure', () => {
    const state = after([reward(1, 'a'), exposure(5, 'a'), reward(6, 'stranger'), reward(7, 'a', 'nothing')]);
    expect(metric(state, 'order').risk.champion.events + metric(state, 'order').risk.challenger.events).toBe(0);
  });

  it('keeps a reward whose exposure comes later from another gateway', () => {
    const state = fold(start(), [segment(1, 10, [reward(10, 'a')], 'g2')], policy);
    fold(state, [segment(1, 12, [exposure(5, 'a')], 'g1')], policy);
    expect(metric(state, 'order').risk.champion.events + metric(state, 'order').risk.challenger.events).toBe(1);
    expect(state.early).toEqual([]);
  });

  it('leaves a reward after the window out of the window, not out of the first events', () => {
    const state = after([exposure(1, 'a'), reward(60_002, 'a')], []);
    expect(metric(state, 'order').windows.champion.units + metric(state, 'order').windows.challenger.units).toBe(1);
    expect(metric(state, 'order').windows.champion.events + metric(state, 'order').windows.challenger.events).toBe(0);
    expect(metric(state, 'order').risk.champion.events + metric(state, 'order').risk.challenger.events).toBe(1);
  });

  it('leaves units served under two shares inside their window out of the windows, whichever arm they are in', () => {
    const units = Array.from({ length: 200 }, (_, i) => `u${i}`);
    const state = after(units.map((unit) => exposure(1, unit, { share: 0.05 })).concat(units.map((unit) => exposure(2, unit, { share: 0.5 }))), []);
    const { windows, risk } = metric(state, 'order');
    expect(windows.champion.units + windows.challenger.units).toBe(0);
    expect(risk.shares[1]!.champion.units + risk.shares[1]!.challenger.units).toBe(200);
    expect(state.counts.steps.map((step) => step.units)).toEqual([200, 0]);
  });

  it('counts a late reward with the share of its exposure, not with the share of its own time', () => {
    const state = after([exposure(1, 'a', { share: 0.05 })], [exposure(100_001, 'b', { share: 0.5 }), reward(100_002, 'a')]);
    const events = metric(state, 'order').risk.shares.map(({ champion, challenger }) => champion.events + challenger.events);
    expect(events).toEqual([1, 0]);
  });

  it('counts an answer slower than the champion was before as slow, in both arms', () => {
    const state = after([exposure(1, 'a', { milliseconds: 99 }), exposure(2, 'b', { milliseconds: 100 })]);
    expect(state.slow.milliseconds).toBe(99);
    expect(metric(state, 'slow').risk.champion.events + metric(state, 'slow').risk.challenger.events).toBe(1);
  });

  it('calls no answer slow that is quick enough for the shop, however quick the champion was', () => {
    const lenient = policyOf({ slowFromMilliseconds: 250 });
    const state = newState(ROLLOUT, lenient, 0, answers);
    fold(state, [segment(1, 5, [exposure(1, 'a', { milliseconds: 249 }), exposure(2, 'b', { milliseconds: 251 })])], lenient);
    expect(state.slow.milliseconds).toBe(250);
    expect(metric(state, 'slow').risk.champion.events + metric(state, 'slow').risk.challenger.events).toBe(1);
  });

  it('does not close windows while a gateway may still hold their events, and does once it has been away for long', () => {
    const state = fold(start(), [segment(1, 5, [exposure(1, 'a')], 'g1'), segment(1, 5, [], 'g2')], policy);
    fold(state, [segment(2, 62_000, [], 'g1')], policy);
    expect(state.open.size).toBe(1);
    fold(state, [segment(3, 90_000, [], 'g1')], policy);
    expect(state.open.size).toBe(0);
  });

  it('ignores exposures of another rollout', () => {
    expect(after([exposure(1, 'a', { rollout: 'shop@9' }), exposure(2, 'b', { rollout: null, share: 0 })]).units.size).toBe(0);
  });
});
