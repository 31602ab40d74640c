import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, type Segment } from '../../../domain/rollout/fold.ts';
import { decodeState, encodeState, newState, type RolloutState } from '../../../domain/rollout/state.ts';
import { cut, policyOf, ROLLOUT, shop } from './support.ts';

const SECONDS = 600;
const END = SECONDS * 1000;
const policy = policyOf();
const fresh = () => newState(ROLLOUT, policy, 0, []);
const eachAsALook = (segments: Segment[]): RolloutState => segments.reduce((state, one) => fold(state, [one], policy), fresh());

const events = fc
  .record({ seed: fc.nat(), requests: fc.integer({ min: 1, max: 900 }), users: fc.integer({ min: 1, max: 300 }) })
  .map((options) => shop({ ...options, seconds: SECONDS, shareAt: (at) => (at < END / 3 ? 0.05 : 0.5) }));
const borders = fc.array(fc.integer({ min: 0, max: END }), { maxLength: 12 });

/** What may not depend on how the events were cut into segments and looks. */
const totals = ({ counts, units, closedUntil, slow }: RolloutState) => ({
  served: counts.served,
  steps: counts.steps,
  units: [...units].sort(),
  closedUntil,
  slow,
  windows: counts.metrics.map(({ windows: { champion, challenger, shares } }) => ({ champion, challenger, shares })),
  means: counts.metrics.map(({ means }) => means),
  firstEvents: counts.metrics.filter(({ name }) => name !== 'slow').map(({ risk }) => [risk.champion.events, risk.challenger.events]),
});

describe('fold', () => {
  it('counts the same however the events are cut into segments and looks', () => {
    fc.assert(
      fc.property(events, borders, (all, cuts) => {
        const segments = cut(all, cuts, END);
        const inOneLook = fold(fresh(), segments, policy);
        expect(totals(eachAsALook(segments))).toEqual(totals(inOneLook));
        expect(totals(fold(fresh(), cut(all, [], END), policy))).toEqual(totals(inOneLook));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out segments that it has folded, and a stored state goes on as the one in memory', () => {
    fc.assert(
      fc.property(events, borders, fc.nat(), (all, cuts, at) => {
        const segments = cut(all, cuts, END);
        const some = segments.slice(0, 1 + (at % segments.length));
        const interrupted = decodeState(encodeState(eachAsALook(some)));
        const repeated = segments.reduce((state, one) => fold(state, [one], policy), interrupted);
        expect(encodeState(repeated)).toBe(encodeState(eachAsALook(segments)));
      }),
      { numRuns: 40 },
    );
  });

  it('assigns each unit once, keeps more units than events, and stays finite', () => {
    fc.assert(
      fc.property(events, borders, (all, cuts) => {
        const { counts, units } = eachAsALook(cut(all, cuts, END));
        expect(counts.steps.reduce((sum, step) => sum + step.units, 0)).toBe(units.size);
        for (const { risk, windows } of counts.metrics)
          for (const tally of [risk, windows]) {
            for (const [n, m, x, y] of tally.strata) expect(x <= n && y <= m && x + y > 0).toBe(true);
            expect(tally.champion.events).toBeLessThanOrEqual(tally.champion.units);
            expect(tally.challenger.events).toBeLessThanOrEqual(tally.challenger.units);
          }
        expect(numbersIn(counts).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}
