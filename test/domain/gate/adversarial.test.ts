import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairedBootstrap, quantile } from '../../../domain/gate/bootstrap.ts';
import { overBudget } from '../../../domain/gate/budget.ts';
import { brokenVerdict } from '../../../domain/gate/verdict.ts';
import { benjaminiHochberg } from '../../../domain/false-discovery.ts';
import { seededRandom } from '../../../domain/random.ts';
import { contestOf, errorsAround, judged, judgedMetric, policyWith } from './support.ts';

const errors = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 60, maxLength: 120 });
const badness = { pass: 0, suspicious: 0, inconclusive: 1, reject: 2, 'first-version': 0 };

describe('properties of the gate', () => {
  test('the same seed gives the same verdict and the same intervals', () => {
    fc.assert(
      fc.property(errors, errors, fc.nat(), (challenger, champion, seed) => {
        const units = Math.min(challenger.length, champion.length);
        const once = () => judged(contestOf(challenger.slice(0, units), champion.slice(0, units)), policyWith({ bootstrapSamples: 100 }), undefined, seed);
        expect(once()).toEqual(once());
      }),
      { numRuns: 20 },
    );
  });
  test('more harm never makes the verdict milder', () => {
    fc.assert(
      fc.property(errors, fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }), (champion, difference, harm) => {
        const at = (by: number) =>
          judged(
            contestOf(
              champion.map((error, i) => error + by + (i % 3)),
              champion.map((error) => error + 1),
            ),
            policyWith({ bootstrapSamples: 100 }),
          ).verdict;
        expect(badness[at(difference + harm)]).toBeGreaterThanOrEqual(badness[at(difference)]);
      }),
      { numRuns: 60 },
    );
  });
  test('never a pass without a proof: a pass has its lower bound inside the margin', () => {
    fc.assert(
      fc.property(errors, errors, (challenger, champion) => {
        const units = Math.min(challenger.length, champion.length);
        const policy = policyWith({ bootstrapSamples: 100, margin: 0.2 });
        const { verdict, comparison } = judged(contestOf(challenger.slice(0, units), champion.slice(0, units)), policy);
        if (verdict === 'pass') expect(comparison.metrics[0]!.high!).toBeLessThan(policy.margin);
      }),
      { numRuns: 60 },
    );
  });
  test('the 95 % interval holds the true difference in about 95 % of worlds', () => {
    let held = 0;
    const worlds = 300;
    for (let world = 0; world < worlds; world++) {
      const { low, high } = judged(contestOf(errorsAround(1.2, 80, world * 2 + 1), errorsAround(1, 80, world * 2 + 2)), policyWith({ bootstrapSamples: 300 }))
        .comparison.metrics[0]!;
      if (low! <= 0.2 && 0.2 <= high!) held++;
    }
    // Binomial with p = 0.95, 300 draws: below 0.90 or above 0.99 would be one in ten thousand; seeded, so it is the same each time.
    expect(held / worlds).toBeGreaterThan(0.9);
    expect(held / worlds).toBeLessThan(0.99);
  });
});

test('a metric that the rows leave undefined is named, never a pass', () => {
  const contest = contestOf(errorsAround(1, 60, 1), errorsAround(1, 60, 2));
  const nothing = { ...judgedMetric('mae'), over: () => () => NaN };
  const { verdict, reasons, comparison } = judged(contest, policyWith(), [nothing]);
  expect({ verdict, reasons }).toEqual({ verdict: 'inconclusive', reasons: ['mae is undefined on these test rows.'] });
  expect(comparison.metrics).toEqual([]);
});

test('unusable predictions reject, with their number', () => {
  expect(brokenVerdict(12, 300)).toEqual({ verdict: 'reject', reasons: [expect.stringContaining('12 of 300')] });
});

test('draws that leave a difference undefined are left out of its interval', () => {
  const steps = pairedBootstrap([(weights) => (weights[0] === 0 ? NaN : 1)], 3, 200, seededRandom(1));
  let step = steps.next();
  while (!step.done) step = steps.next();
  expect(step.value[0]!.length).toBeGreaterThan(100);
  expect(step.value[0]!.length).toBeLessThan(200);
  expect(new Set(step.value[0])).toEqual(new Set([1]));
});

test('quantiles between neighbours', () => {
  const values = Float64Array.of(0, 1, 2, 3);
  expect([0, 0.5, 1, 0.1].map((q) => quantile(values, q))).toEqual([0, 1.5, 3, expect.closeTo(0.3, 12)]);
  expect(quantile(new Float64Array(), 0.5)).toBeNaN();
});

test('false discovery: the adjusted values of the example in Benjamini & Hochberg (1995)', () => {
  const ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1];
  expect(benjaminiHochberg(ps).filter((p) => p <= 0.05)).toHaveLength(4);
  expect(benjaminiHochberg([])).toEqual([]);
});

describe('budget', () => {
  const trial = { digest: 'd', goldenAnswered: 5, p50Milliseconds: 1, p99Milliseconds: 10, backend: 'wasm', bytes: 1000 };
  test('kept', () => expect(overBudget(trial, policyWith())).toEqual([]));
  test('each that is broken has its sentence; a time that is not a number is no time', () => {
    expect(overBudget({ ...trial, bytes: 1e12, p99Milliseconds: 80 }, policyWith())).toHaveLength(2);
    expect(overBudget({ ...trial, p99Milliseconds: NaN }, policyWith())).toHaveLength(1);
  });
});
