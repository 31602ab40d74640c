import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCumulants } from '../../../domain/rollout/hypergeometric.ts';
import { addStratum, curveOf, emptyCurve, logHarm, logLikelihood, logSafe, logSuperior, oddsInterval, type Stratum } from '../../../domain/rollout/rates.ts';
import { seededRandom } from '../../../domain/random.ts';

const stratum = fc
  .record({
    units: fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 })),
    parts: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ units: [n, m], parts: [p, q] }): Stratum => [n, m, Math.round(n * p), Math.round(m * q)]);

describe('log E of rates', () => {
  /** The fixture holds inputs and results; `python bench/judge/log_e.py < test/fixtures/rollout-log-e.json` computes it again with scipy. */
  const cases = JSON.parse(readFileSync(new URL('../../fixtures/rollout-log-e.json', import.meta.url), 'utf8')) as {
    good: boolean;
    marginOdds: number;
    strata: Stratum[];
    logHarm: number;
    logSafe: number;
    logSuperior: number;
  }[];

  it('agrees with scipy on nchypergeom_fisher', () => {
    for (const { good, marginOdds, strata, ...expected } of cases) {
      const likelihood = logLikelihood(curveOf(strata));
      expect(logHarm(likelihood, good)).toBeCloseTo(expected.logHarm, 6);
      expect(logSafe(likelihood, good, marginOdds)).toBeCloseTo(expected.logSafe, 6);
      expect(logSuperior(likelihood, good)).toBeCloseTo(expected.logSuperior, 6);
    }
  });

  it('reads the likelihood off few points as exactly as from direct sums', () => {
    fc.assert(
      fc.property(stratum, fc.double({ min: -1.6, max: 1.6, noNaN: true }), (one, theta) => {
        const [n, m, x, y] = one;
        const direct = new Float64Array(1);
        addCumulants(n, m, x + y, [theta], direct);
        const curve = emptyCurve();
        addStratum(curve, one);
        const known = curve.challengerEvents > 0 || curve.cumulants.some((value) => value !== 0) ? theta * x - direct[0]! : 0;
        expect(Math.abs(logLikelihood(curve)(theta) - known)).toBeLessThan(1e-6);
      }),
    );
  });

  it('rises when the challenger has more bad events, and safety falls', () => {
    fc.assert(
      fc.property(fc.array(stratum, { minLength: 1, maxLength: 8 }), fc.nat(), fc.boolean(), (strata, pick, good) => {
        const which = pick % strata.length;
        const [n, m, x, y] = strata[which]!;
        if (x >= n) return;
        const more = strata.map((one, i): Stratum => (i === which ? [n, m, x + 1, y] : one));
        const [before, after] = [logLikelihood(curveOf(strata)), logLikelihood(curveOf(more))];
        const sign = good ? -1 : 1;
        expect(sign * (logHarm(after, good) - logHarm(before, good))).toBeGreaterThan(-1e-7);
        expect(sign * (logSafe(after, good, 0.1) - logSafe(before, good, 0.1))).toBeLessThan(1e-7);
        expect(sign * (logSuperior(after, good) - logSuperior(before, good))).toBeLessThan(1e-7);
      }),
    );
  });

  it('holds the most likely odds ratio in its interval, and the interval holds no NaN', () => {
    fc.assert(
      fc.property(fc.array(stratum, { maxLength: 8 }), (strata) => {
        const { effect, low, high } = oddsInterval(logLikelihood(curveOf(strata)), 0.05);
        expect(low).toBeLessThanOrEqual(effect);
        expect(high).toBeGreaterThanOrEqual(effect);
        expect([effect, low, high].every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('raises a false alarm in at most 5 % of rollouts looked at 60 times, ramp and moving base rate included', () => {
    const random = seededRandom(11);
    const rollouts = 400;
    let alarms = 0;
    for (let rollout = 0; rollout < rollouts; rollout++) {
      const curve = emptyCurve();
      for (let look = 0; look < 60; look++) {
        const counts: [number, number, number, number] = [0, 0, 0, 0];
        const [share, rate] = [[0.01, 0.1, 0.5][Math.floor(look / 20)]!, 0.2 * (1 + 0.5 * Math.sin(look / 10 + rollout))];
        for (let i = 0; i < 100; i++) {
          const side = random.next() < share ? 0 : 1;
          counts[side] += 1;
          if (random.next() < rate) counts[side + 2]! += 1;
        }
        addStratum(curve, counts);
        if (logHarm(logLikelihood(curve), false) < Math.log(20)) continue;
        alarms++;
        break;
      }
    }
    expect(alarms).toBeGreaterThan(0); // it is a test that can fire
    expect(alarms / rollouts).toBeLessThanOrEqual(0.05);
  });
});
