import { describe, expect, test } from 'vitest';
import type { Instance } from '../../../contracts/bundle.ts';
import { chiSquaredTail, logGamma } from '../../../domain/drift/chi-squared.ts';
import { drift } from '../../../domain/drift/drift.ts';
import { referenceSketches } from '../../../domain/drift/reference.ts';
import { addInstance, emptyLike } from '../../../domain/drift/sketch.ts';
import { seededRandom, type Random } from '../../../domain/random.ts';

const policy = { driftEffect: 0.1, driftP: 0.01, minWindowCount: 200 };

/** A person's list is drawn from one of ten tastes, so its items are alike. */
function person(random: Random, taste = random.below(10)): Instance {
  return {
    age: 20 + 40 * random.next(),
    city: ['Bern', 'Basel', 'Chur'][random.below(3)]!,
    history: Array.from({ length: 30 }, () => `item${taste * 25 + random.below(25)}`),
  };
}
const people = (count: number, seed: number, change: (instance: Instance) => Instance = (same) => same): Instance[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => change(person(random)));
};
const reference = referenceSketches(people(5000, 1), []);
function seen(instances: Instance[]) {
  const window = emptyLike(reference);
  for (const instance of instances) addInstance(window, instance);
  return drift(reference, window, policy);
}
const drifted = (instances: Instance[]) => seen(instances).flatMap((row) => (row.drifted ? [row.column] : []));

describe('drift', () => {
  test('a hundred windows of the same people: false alarms are rare, though their lists are alike within', () => {
    const alarms = Array.from({ length: 100 }, (_, i) => drifted(people(400, i + 2))).filter((columns) => columns.length > 0);
    expect(alarms.length).toBeLessThanOrEqual(1);
  });
  test('an older crowd: the column age, worst first', () => {
    expect(seen(people(400, 3, (instance) => ({ ...instance, age: Number(instance.age) + 15 })))[0]).toMatchObject({ column: 'age', drifted: true });
  });
  test('another mix of cities, another assortment, a column no longer delivered', () => {
    expect(drifted(people(400, 3, (instance) => ({ ...instance, city: 'Chur' })))).toEqual(['city']);
    expect(drifted(people(400, 3, (instance) => ({ ...instance, history: ['new1', 'new2'] })))).toEqual(['history.length', 'history.items']);
    expect(drifted(people(400, 3, ({ city, history }) => ({ city, history })))).toEqual(['age']);
  });
  test('a real but small change is none that matters', () => {
    const row = seen(people(20_000, 3, (instance) => ({ ...instance, age: Number(instance.age) + 0.6 }))).find(({ column }) => column === 'age')!;
    expect(row.p).toBeLessThan(1e-6);
    expect(row).toMatchObject({ drifted: false });
  });
  test('too few to judge: the column says nothing', () => {
    expect(seen(people(150, 3)).map(({ column }) => column)).toEqual(['history.items']);
  });
});

test('tail of the chi-squared distribution and ln Γ as scipy has them', () => {
  // scipy 1.17: chi2.sf(x, d), gammaln(x)
  const tails: [number, number, number][] = [
    [0.5, 1, 0.47950012218695337],
    [3.84, 1, 0.05004352124870519],
    [10, 5, 0.07523524614651217],
    [80, 31, 3.3125285528482517e-6],
    [300, 257, 0.033688702250360095],
    [500, 257, 8.666498269473827e-18],
    [1000, 3, 1.7994208765314067e-216],
  ];
  for (const [x, degrees, tail] of tails) expect(chiSquaredTail(x, degrees) / tail).toBeCloseTo(1, 11);
  for (const [x, value] of [
    [0.5, 0.5723649429247],
    [3.3, 0.9870985778947343],
    [300, 1409.2020674704117],
  ] as const)
    expect(logGamma(x)).toBeCloseTo(value, 10);
  expect(chiSquaredTail(0, 3)).toBe(1);
});
