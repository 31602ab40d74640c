import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyCounts, type RolloutCounts, type Tally } from '../../../domain/rollout/counts.ts';
import { judge, type Moment } from '../../../domain/rollout/judge.ts';
import type { Stratum } from '../../../domain/rollout/rates.ts';
import { policyOf } from './support.ts';

const policy = policyOf({ guardrails: [{ name: 'return', kind: 'rate', good: false }] });
const SEVERITY = { PROMOTE: 0, EXTEND: 1, EXPIRE: 1, ROLLBACK: 2, INVALID: 3 };

const stratum = fc
  .record({
    n: fc.integer({ min: 1, max: 500 }),
    m: fc.integer({ min: 1, max: 500 }),
    p: fc.double({ min: 0, max: 1, noNaN: true }),
    q: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ n, m, p, q }): Stratum => [n, m, Math.round(n * p * q), Math.round(m * q)]);
const looks = fc.array(stratum, { maxLength: 6 });
const counts = fc.tuple(looks, looks, looks, looks).map((metrics) => {
  const made = emptyCounts(policy, 0);
  made.newest = 600_000;
  made.steps = [0.05, 0.5].map((share) => ({ share, units: 1000, challenger: 1000 * share, served: 1000 * share }));
  made.served = { champion: 1450, challenger: 550 };
  metrics.forEach((strata, i) => [made.metrics[i]!.risk, made.metrics[i]!.windows].forEach((tally) => strata.forEach((one) => addTo(tally, one))));
  return made;
});
const moment = fc.record({ stepIndex: fc.integer({ min: 0, max: 1 }), stepStartedAt: fc.constant(300_000), now: fc.integer({ min: 300_000, max: 700_000 }) });

function addTo(tally: Tally, one: Stratum): void {
  const [n, m, x, y] = one;
  tally.strata.push(one);
  tally.shares[0] ??= { champion: { units: 0, events: 0 }, challenger: { units: 0, events: 0 } };
  tally.shares[1] ??= { champion: { units: 0, events: 0 }, challenger: { units: 0, events: 0 } };
  for (const to of [tally, tally.shares[1]]) {
    to.challenger.units += n;
    to.challenger.events += x;
    to.champion.units += m;
    to.champion.events += y;
  }
}

/** The same counts with one more unit of the challenger that has the metric's event (or without one, for a good event). */
function worse(counts: RolloutCounts, index: number, look: number): RolloutCounts | null {
  const changed = structuredClone(counts);
  const metric = changed.metrics[index]!;
  const by = metric.good ? -1 : 1;
  for (const tally of [metric.risk, metric.windows]) {
    const one = tally.strata[look % Math.max(1, tally.strata.length)];
    if (!one || one[2] + by < 0 || one[2] + by > one[0]) return null;
    tally.strata[tally.strata.indexOf(one)] = [one[0], one[1], one[2] + by, one[3]];
    tally.challenger.events += by;
    tally.shares[1]!.challenger.events += by;
  }
  return changed;
}

const verdictOf = (counts: RolloutCounts, at: Moment) => judge(counts, policy, at).verdict;

describe('judge', () => {
  it('never gives a better verdict for more harm', () => {
    fc.assert(
      fc.property(counts, moment, fc.nat(3), fc.nat(), fc.integer({ min: 1, max: 40 }), (before, at, index, look, times) => {
        let after: RolloutCounts | null = before;
        for (let i = 0; i < times && after; i++) after = worse(after, index, look);
        if (after) expect(SEVERITY[verdictOf(after, at)]).toBeGreaterThanOrEqual(SEVERITY[verdictOf(before, at)]);
      }),
      { numRuns: 300 },
    );
  });

  it('is INVALID, whatever the rest says, when units were not split as planned, an arm is silent or the log is behind', () => {
    const broken: ((counts: RolloutCounts) => void)[] = [
      (made) => (made.steps[1]!.challenger = 380),
      (made) => (made.silence.challenger = { since: 0, logChance: -50 }),
      (made) => (made.newest = -400_000),
    ];
    fc.assert(
      fc.property(counts, moment, fc.nat(2), (made, at, which) => {
        broken[which]!(made);
        const late = { ...at, stepStartedAt: 0, now: 650_000 };
        expect(verdictOf(made, late)).toBe('INVALID');
      }),
    );
  });

  it('has no NaN, no infinity and a reason, also without any data', () => {
    fc.assert(
      fc.property(fc.oneof(counts, fc.constant(emptyCounts(policy, 0))), moment, (made, at) => {
        const judgement = judge(made, policy, at);
        const numbers = judgement.rows.flatMap(({ effect, low, high, logHarm, logSafe, logSuperior }) => [effect, low, high, logHarm, logSafe, logSuperior]);
        expect([...numbers, judgement.logSrm].every(Number.isFinite)).toBe(true);
        expect(judgement.reasons.length).toBeGreaterThan(0);
        expect(JSON.stringify(judgement)).not.toContain('NaN');
      }),
    );
  });

  it('never promotes without data, and never from the last step without proof', () => {
    fc.assert(
      fc.property(counts, (made) => {
        const { verdict, rows } = judge(made, policy, { stepIndex: 1, stepStartedAt: 300_000, now: 600_000 });
        if (verdict === 'PROMOTE') expect(rows.every(({ state }) => state === 'safe' || state === 'superior')).toBe(true);
      }),
    );
    expect(verdictOf(emptyCounts(policy, 0), { stepIndex: 0, stepStartedAt: 0, now: 200_000 })).toBe('EXTEND');
  });

  it('calls errors that nobody has seen safe once enough units have not seen them, and not before', () => {
    const stateAfter = (units: number) => {
      const made = emptyCounts(policy, 0);
      made.steps = [{ share: 0.5, units: 2 * units, challenger: units, served: units }];
      addTo(made.metrics[0]!.windows, [units, units, 0, 0]);
      made.metrics[0]!.windows.shares = [made.metrics[0]!.windows.shares[1]!];
      return judge(made, policy, { stepIndex: 1, stepStartedAt: 0, now: 0 }).rows[0]!.state;
    };
    expect([stateAfter(100), stateAfter(1000)]).toEqual(['open', 'safe']);
  });

  it('keeps the share while a guardrail is suspect, and moves on when it is clear', () => {
    const at = { stepIndex: 0, stepStartedAt: 300_000, now: 600_000 };
    const after = (strata: Stratum[]) => {
      const made = emptyCounts(policy, 0);
      made.newest = 600_000;
      made.steps = [{ share: 0.05, units: 1000, challenger: 50, served: 50 }];
      strata.forEach((one) => addTo(made.metrics[0]!.risk, one));
      return judge(made, policy, at);
    };
    expect(after([[50, 950, 1, 19]]).verdict).toBe('PROMOTE');
    expect(after([[50, 950, 5, 19]])).toMatchObject({ verdict: 'EXTEND', reasons: [expect.stringMatching(/^error looks worse/)] });
    expect(after([[50, 950, 15, 19]]).verdict).toBe('ROLLBACK');
  });
});
