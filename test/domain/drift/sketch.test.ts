import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instance } from '../../../contracts/bundle.ts';
import { referenceSketches } from '../../../domain/drift/reference.ts';
import { scoreOf } from '../../../domain/drift/score.ts';
import { addInstance, addScore, emptyLike, merge } from '../../../domain/drift/sketch.ts';

const instances: Instance[] = Array.from({ length: 640 }, (_, i) => ({
  user: `u${i}`,
  age: i,
  city: i % 3 ? 'Bern' : 'Basel',
  history: Array.from({ length: i % 4 }, (_, j) => `item${(i + j) % 7}`),
}));
const reference = referenceSketches(
  instances,
  instances.map((_, i) => i / 640),
  ['user'],
);

function windowOf(some: Instance[], scores: number[] = []) {
  const window = emptyLike(reference);
  for (const instance of some) addInstance(window, instance);
  for (const score of scores) addScore(window, score);
  return window;
}

describe('reference sketches', () => {
  test('a column per field, two per list, one for the score, none for the unit', () => {
    expect(Object.fromEntries(Object.entries(reference).map(([column, { kind }]) => [column, kind]))).toEqual({
      age: 'numeric',
      city: 'categorical',
      'history.items': 'categorical',
      'history.length': 'numeric',
      score: 'numeric',
    });
    expect(JSON.stringify(reference)).not.toContain('u17');
  });
  test('a number gets 32 bins of equal mass', () => {
    expect(reference.age).toMatchObject({ counts: Array<number>(32).fill(20), missing: 0, count: 640 });
  });
  test('ties make fewer bins, a constant makes one', () => {
    expect(referenceSketches([{ x: 1 }, { x: 1 }, { x: 1 }], []).x).toEqual({
      kind: 'numeric',
      edges: [1 - Number.EPSILON, 1],
      counts: [0, 3, 0],
      missing: 0,
      count: 3,
    });
  });
  test('the 256 most frequent categories are kept, the rest is other', () => {
    const many = Array.from({ length: 900 }, (_, i) => ({ c: `c${i < 600 ? i % 300 : i % 200}` }));
    expect(referenceSketches(many, []).c).toMatchObject({ count: 900, missing: 0, other: 44 * 2 });
  });
  test('a field that is not always there is missing, whether it comes late or stops early', () => {
    const { a, b } = referenceSketches([{ a: 1 }, { a: 2, b: 'x' }, { b: 'y' }], []);
    expect([a, b]).toMatchObject([
      { missing: 1, count: 3 },
      { missing: 1, count: 3 },
    ]);
  });
  test('categories called like parts of every object are counted like others', () => {
    const { c } = referenceSketches([{ c: '__proto__' }, { c: 'constructor' }, { c: '__proto__' }], []);
    const window = emptyLike({ c: c! });
    addInstance(window, { c: '__proto__' });
    addInstance(window, { c: 'toString' });
    expect(c).toMatchObject({ other: 0, count: 3 });
    expect(window.c).toMatchObject({ other: 1, count: 2 });
    expect(Object.entries((JSON.parse(JSON.stringify(window)) as { c: { counts: object } }).c.counts)).toContainEqual(['__proto__', 1]);
  });
});

describe('windows', () => {
  test('the training data again gives the reference again', () => {
    expect(
      windowOf(
        instances,
        instances.map((_, i) => i / 640),
      ),
    ).toEqual(reference);
  });
  test('the edge belongs to the bin below it', () => {
    const edges = (reference.age as { edges: number[] }).edges;
    expect(windowOf([{ age: edges[0] }, { age: edges[0]! + 1e-9 }, { age: 1e9 }, { age: -1e9 }]).age).toMatchObject({
      counts: [2, 1, ...Array<number>(29).fill(0), 1],
    });
  });
  test('what is no number is missing, not zero; unknown fields leave no trace', () => {
    expect(windowOf([{ age: NaN }, { age: '7' }, {}, { age: null, other: 1 }]).age).toMatchObject({ missing: 4, count: 4 });
    expect(Object.keys(windowOf([{ other: 1 }]))).toEqual(Object.keys(reference));
    expect(windowOf([{ history: 'no list' }])).toMatchObject({ 'history.length': { missing: 1 }, 'history.items': { missing: 1 } });
  });
  test('merged windows are as one window of both, in either order', () => {
    const instance = fc.record(
      { age: fc.integer({ min: -9, max: 999 }), city: fc.constantFrom('Bern', 'Basel', 'Chur'), history: fc.array(fc.constantFrom('item1', 'item2', 'new')) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(instance), fc.array(instance), (left, right) => {
        expect(merge(windowOf(left), windowOf(right))).toEqual(windowOf([...left, ...right]));
        expect(merge(windowOf(right), windowOf(left))).toEqual(windowOf([...left, ...right]));
      }),
    );
  });
  test('sketches of another version are not added up', () => {
    const other = referenceSketches([{ age: 3, city: 'Bern' }], []);
    expect(Object.keys(merge(reference, other))).toEqual([]);
  });
});

test('the score of a prediction', () => {
  expect([0.5, { probability: 0.2 }, { items: ['a'], scores: [3, 2] }, { probabilities: { a: 0.3, b: 0.7 } }, { items: [] }, null, 'x'].map(scoreOf)).toEqual([
    0.5,
    0.2,
    3,
    0.7,
    null,
    null,
    null,
  ]);
});
