import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { metricNamed, type Cases } from '../../../domain/metrics/metric.ts';

interface Fixture {
  binary: { scores: number[]; labels: number[]; weights: number[]; plain: Record<string, number>; weighted: Record<string, number> }[];
  calibration: { scores: number[]; labels: number[]; ece: number };
  ranking: { list: string[]; relevant: string[]; k: number; values: Record<string, number> }[];
  regression: { actual: number[]; predicted: number[]; mae: number; rmse: number };
}
const fixture = JSON.parse(readFileSync(new URL('../../fixtures/metrics.json', import.meta.url), 'utf8')) as Fixture;

const casesOf = (predictions: unknown[], truths: unknown[]): Cases => ({ unitOf: Int32Array.from(predictions.keys()), predictions, truths, popularity: null });
const once = (rows: unknown[]) => rows.map(() => 1);

describe('the same values as scikit-learn, to 1e-9', () => {
  for (const [i, { scores, labels, weights, plain, weighted }] of fixture.binary.entries()) {
    test.each(Object.keys(plain))(`%s of ${['distinct scores', 'many ties'][i]}, plain and with units drawn several times`, (name) => {
      const statistic = metricNamed(name, 'binary', 10)!.over(casesOf(scores, labels));
      expect(statistic(once(scores))).toBeCloseTo(plain[name]!, 9);
      expect(statistic(weights)).toBeCloseTo(weighted[name]!, 9);
    });
  }

  test('ece over 15 bins of equal mass', () => {
    const { scores, labels, ece } = fixture.calibration;
    expect(metricNamed('ece', 'binary', 10)!.over(casesOf(scores, labels))(once(scores))).toBeCloseTo(ece, 9);
  });

  test.each(fixture.ranking.map((query, i) => ({ ...query, i })))('ranking $i: $relevant.length right items, first $k', ({ list, relevant, k, values }) => {
    for (const [name, value] of Object.entries(values)) {
      const named = name.endsWith('All') ? `${name.slice(0, -3)}@${list.length}` : `${name}@${k}`;
      const scores = list.map((_, place) => -place);
      expect(metricNamed(named, 'ranking', 10)!.over(casesOf([{ items: list, scores }], [relevant]))([1]), named).toBeCloseTo(value, 9);
    }
  });

  test.each(['mae', 'rmse'] as const)('%s', (name) => {
    const { actual, predicted } = fixture.regression;
    expect(metricNamed(name, 'regression', 10)!.over(casesOf(predicted, actual))(once(actual))).toBeCloseTo(fixture.regression[name], 9);
  });
});
