import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isFinitePrediction, samePrediction } from '../../domain/same-prediction.ts';

const json = fc.jsonValue();

it('a prediction is the same as itself, also after a trip as JSON', () => {
  fc.assert(fc.property(json, (value) => void expect(samePrediction(value, JSON.parse(JSON.stringify(value)))).toBe(true)));
});

it.each([
  [{ score: 0.5 }, { score: 0.5 + 9e-7 }, true],
  [{ score: 0.5 }, { score: 0.5 + 2e-6 }, false],
  [{ score: 1e9 }, { score: 1e9 + 100 }, true],
  [{ items: ['a', 'b'] }, { items: ['b', 'a'] }, false],
  [{ items: ['a'] }, { items: ['a', 'b'] }, false],
  [{ a: 1 }, { a: 1, b: 1 }, false],
  [{ a: 1 }, { b: 1 }, false],
  [{ toString: 1 }, { a: 1 }, false],
  [[1], { 0: 1 }, false],
  [null, 0, false],
  ['1', 1, false],
  [NaN, NaN, false],
])('%j and %j', (one, other, same) => {
  expect(samePrediction(one, other)).toBe(same);
  expect(samePrediction(other, one)).toBe(same);
});

it('finds what is no number, however deep', () => {
  fc.assert(fc.property(json, (value) => void expect(isFinitePrediction(value)).toBe(true)));
  for (const value of [NaN, Infinity, [1, NaN], { scores: [0.1, { a: -Infinity }] }]) expect(isFinitePrediction(value)).toBe(false);
});
