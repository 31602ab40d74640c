import { describe, expect, test } from 'vitest';
import { contestOf, errorsAround, judged, judgedMetric, policyWith } from './support.ts';

const champion = errorsAround(1, 400, 1);
const shifted = (by: number) => champion.map((error) => error + by);
const slices = [
  { name: 'region=north', rows: Int32Array.from({ length: 200 }, (_, i) => i) },
  { name: 'region=south', rows: Int32Array.from({ length: 200 }, (_, i) => i + 200) },
  { name: 'region=islands', rows: Int32Array.from({ length: 20 }, (_, i) => i) },
];

describe('the verdict of the gate', () => {
  test('better than the champion by less than is suspicious: pass', () => {
    const { verdict, reasons, comparison } = judged(contestOf(shifted(-0.05), champion), policyWith());
    expect(verdict).toBe('pass');
    expect(reasons.every((reason) => /^[A-Z].*\.$/.test(reason))).toBe(true);
    expect(comparison.metrics[0]).toMatchObject({ metric: 'mae', role: 'primary', baseline: 100 });
    expect(comparison.metrics[0]!.difference).toBeCloseTo(-0.05, 9);
  });
  test('the same predictions are not worse: pass, with an interval of nothing', () => {
    const { verdict, comparison } = judged(contestOf(champion, champion), policyWith());
    expect(verdict).toBe('pass');
    expect(comparison.metrics[0]).toMatchObject({ difference: 0, low: 0, high: 0 });
  });
  test('worse by more than the margin: reject', () => {
    expect(judged(contestOf(shifted(0.05), champion), policyWith())).toMatchObject({ verdict: 'reject' });
  });
  test('too good to be true: suspicious, though everything else is kept', () => {
    const { verdict, reasons } = judged(contestOf(shifted(-0.3), champion), policyWith());
    expect(verdict).toBe('suspicious');
    expect(reasons[0]).toMatch(/Too good to be true: mae is \d+ % better/);
  });
  test('an interval that holds both margins: inconclusive', () => {
    const other = errorsAround(1, 400, 2);
    expect(judged(contestOf(other, champion), policyWith({ margin: 0.001 }))).toMatchObject({ verdict: 'inconclusive' });
  });
  test('fewer units than an interval can be trusted with: inconclusive', () => {
    expect(judged(contestOf(shifted(-0.05).slice(0, 40), champion.slice(0, 40)), policyWith())).toMatchObject({ verdict: 'inconclusive' });
  });
  test('worse than the baseline: reject, also for a first version', () => {
    const { verdict, reasons } = judged(
      contestOf(
        champion,
        null,
        [],
        champion.map(() => 0.1),
      ),
      policyWith(),
    );
    expect(verdict).toBe('reject');
    expect(reasons[0]).toMatch(/^Not better than the baseline: mae/);
  });
  test('a first version is held against absolute thresholds only', () => {
    expect(judged(contestOf(champion, null), policyWith({ absolute: { mae: 2 } })).verdict).toBe('first-version');
    expect(judged(contestOf(champion, null), policyWith({ absolute: { mae: 0.5 } }))).toMatchObject({
      verdict: 'reject',
      reasons: [expect.stringContaining('policy asks for at most 0.5'), expect.anything(), expect.anything()],
    });
  });
  test('a guardrail outside its own margin rejects what the primary would pass', () => {
    const worst = champion.map((error, i) => (i % 20 === 0 ? error + 2.5 : error - 0.2));
    const metrics = [judgedMetric('mae'), judgedMetric('rmse', 'guardrail')];
    expect(judged(contestOf(worst, champion), policyWith(), metrics)).toMatchObject({
      verdict: 'reject',
      reasons: [expect.stringMatching(/rmse/), ...Array<unknown>(2).fill(expect.anything())],
    });
    expect(judged(contestOf(worst, champion), policyWith({ guardrailMargins: { rmse: 5 } }), metrics).verdict).toBe('pass');
  });
  test('one slice worse: reject, and it is named; a slice of few units is shown, not judged', () => {
    const worseInSouth = champion.map((error, i) => (i < 200 ? error - 0.3 : error + 0.1));
    const { verdict, reasons, comparison } = judged(contestOf(worseInSouth, champion, slices), policyWith());
    expect(verdict).toBe('reject');
    expect(reasons[0]).toMatch(/^Worse on the slice region=south/);
    expect(comparison.slices.map(({ slice, units, worse, p }) => [slice, units, worse, p === null])).toEqual([
      ['region=north', 200, false, false],
      ['region=south', 200, true, false],
      ['region=islands', 20, false, true],
    ]);
  });
});
