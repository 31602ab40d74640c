import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricNamed, type Cases } from '../../../domain/metrics/metric.ts';

const popularity = {
  counts: new Map([
    ['1', 6],
    ['2', 1],
    ['3', 1],
  ]),
  total: 8,
};
const lists = (predictions: unknown[], truths: unknown[], unitOf = predictions.map((_, i) => i)): Cases => ({
  unitOf: Int32Array.from(unitOf),
  predictions,
  truths,
  popularity,
});
const value = (name: string, cases: Cases, weights = Array.from(cases.unitOf, () => 1)) => metricNamed(name, 'ranking', 2)!.over(cases)(weights);

describe('ranking metrics', () => {
  test('an item is the same as number and as text, and counts once however often it is listed', () => {
    expect(value('recall@3', lists([[1, 1, 2, 3]], [['2', '3']]))).toBe(1);
  });
  test('without @k the length of the definition holds', () => {
    expect(value('hitRate', lists([[1, 2, 3]], [[3]]))).toBe(0);
    expect(value('hitRate@3', lists([[1, 2, 3]], [[3]]))).toBe(1);
  });
  test('precision at each hit is cut at k', () => {
    expect(value('map@3', lists([[1, 9, 2, 3]], [[1, 2, 3]]))).toBeCloseTo((1 + 2 / 3) / 3, 12);
    expect(value('mrr@2', lists([[8, 9, 2]], [[2]]))).toBe(0);
  });
  test('a row with nothing to find does not count; rows of one unit count as one', () => {
    expect(value('hitRate@1', lists([[1], [1]], [[1], []]))).toBe(1);
    expect(value('hitRate@1', lists([[1], [2], [2]], [[1], [1], [1]], [0, 0, 1]), [1, 1])).toBe(0.25);
  });
  test('coverage, novelty and popularity bias', () => {
    expect(value('coverage@1', lists([[1], [1]], [[1], [1]]))).toBeCloseTo(1 / 3, 12);
    expect(value('coverage@1', lists([[1], [2]], [[1], [1]]), [1, 0])).toBeCloseTo(1 / 3, 12);
    expect(value('novelty@1', lists([[2]], [[1]]))).toBe(3);
    expect(value('popularityBias@2', lists([[1, 2]], [[1]]))).toBeCloseTo((1 + 1 / 6) / 2, 12);
  });
});

test('a metric that the task does not have is null', () => {
  expect(metricNamed('ndcg@10', 'binary', 10)).toBeNull();
  expect(metricNamed('rocAuc@3', 'binary', 10)).toBeNull();
  expect(metricNamed('ndcg@0', 'ranking', 10)).toBeNull();
  expect(metricNamed('constructor', 'ranking', 10)).toBeNull();
  expect(metricNamed('toString', 'binary', 10)).toBeNull();
});

test('ranking metrics stay within 0 and 1, and a better list is never scored lower', () => {
  const names = ['hitRate', 'recall', 'ndcg', 'mrr', 'map'];
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(30), { minLength: 2, maxLength: 12 }),
      fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 12 }),
      (list, right, k) => {
        const best = [...list.filter((item) => right.includes(item)), ...list.filter((item) => !right.includes(item))];
        for (const name of names) {
          const of = (items: number[]) => value(`${name}@${k}`, lists([items], [right]));
          expect(of(list)).toBeGreaterThanOrEqual(0);
          expect(of(best)).toBeLessThanOrEqual(1);
          expect(of(list)).toBeLessThanOrEqual(of(best) + 1e-12);
        }
      },
    ),
  );
});

test('weights that draw a unit twice are the same as the unit standing there twice', () => {
  const scored = fc.array(
    fc.record({ score: fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10), label: fc.integer({ min: 0, max: 1 }), weight: fc.nat(3) }),
    { minLength: 2, maxLength: 30 },
  );
  fc.assert(
    fc.property(scored, fc.constantFrom('rocAuc', 'prAuc', 'f1', 'logLoss', 'accuracy', 'brier'), (rows, name) => {
      const repeated = rows.flatMap((row) => Array.from({ length: row.weight }, () => row));
      const over = (some: typeof rows) =>
        metricNamed(name, 'binary', 10)!.over({
          unitOf: Int32Array.from(some.keys()),
          predictions: some.map(({ score }) => score),
          truths: some.map(({ label }) => label),
          popularity: null,
        });
      const weighted = over(rows)(rows.map(({ weight }) => weight));
      const plain = over(repeated)(repeated.map(() => 1));
      if (Number.isNaN(plain)) expect(weighted).toBeNaN();
      else expect(weighted).toBeCloseTo(plain, 9);
    }),
  );
});
