import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawVisitor, found, type Visitor } from '../../clients/demo/shoppers.ts';

const PEOPLE = Array.from({ length: 20 }, (_, user) => ({
  user,
  items: Array.from({ length: 30 + user }, (_item, place) => 1000 * user + place),
  begins: 5,
  ends: 25,
}));
const draws = (replay: string, count: number): Visitor[] => Array.from({ length: count }, (_, n) => drawVisitor(PEOPLE, replay, n));

describe('a visitor', () => {
  it('is a real person at a real point: what was taken before, and the next five', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (replay, n) => {
        const { history, next } = drawVisitor(PEOPLE, replay, n);
        const person = PEOPLE[Math.floor(Number(next[0]) / 1000)]!;
        expect([...history, ...next]).toEqual(person.items.slice(0, history.length + 5).map(String));
        expect(history.length).toBeGreaterThanOrEqual(person.begins);
        expect(history.length).toBeLessThan(person.ends);
      }),
    );
  });

  it('near the end of the data has fewer than five to come', () => {
    const last = drawVisitor([{ user: 1, items: [7, 8, 9], begins: 2, ends: 3 }], 'replay', 0);
    expect(last).toMatchObject({ history: ['7', '8'], next: ['9'] });
  });

  it('is the same for the same replay and number, in whatever order they come', () => {
    const inOrder = draws('seed-1/night-2', 50);
    expect([...inOrder.keys()].reverse().map((n) => drawVisitor(PEOPLE, 'seed-1/night-2', n))).toEqual(inOrder.reverse());
    expect(draws('seed-2/night-2', 50)).not.toEqual(draws('seed-1/night-2', 50));
  });

  it('found something when one of the next was recommended', () => {
    const visitor = { unit: 'u', history: [], next: ['1', '2'] };
    expect(found(visitor, ['9', '2'])).toBe(true);
    expect(found(visitor, ['9', '8'])).toBe(false);
    expect(found(visitor, [])).toBe(false);
  });
});

describe('visitors', () => {
  const many = draws('seed-1/night-4', 20_000);
  const who = many.map(({ next }) => Math.floor(Number(next[0]) / 1000));
  const when = many.map(({ history }) => history.length);

  it('are units of their own, however often a person is drawn', () => {
    expect(new Set(many.map(({ unit }) => unit)).size).toBe(many.length);
    expect(new Set(who).size).toBe(PEOPLE.length);
  });

  it('are people drawn alike, at points drawn alike', () => {
    const expected = many.length / 20;
    const spread = 5 * Math.sqrt(expected);
    for (const drawn of [who, when.map((point) => point - 5)])
      for (let value = 0; value < 20; value++) expect(Math.abs(drawn.filter((each) => each === value).length - expected)).toBeLessThan(spread);
  });

  it('say nothing about the one who comes next', () => {
    const limit = 4 / Math.sqrt(many.length);
    for (const [one, other] of [
      [who.slice(1), who.slice(0, -1)],
      [when.slice(1), when.slice(0, -1)],
      [who, when],
    ] as const)
      expect(Math.abs(correlation(one, other))).toBeLessThan(limit);
  });
});

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const product = (f: (i: number) => number) => xs.reduce((sum, _, i) => sum + f(i), 0);
  return product((i) => (xs[i]! - mx) * (ys[i]! - my)) / Math.sqrt(product((i) => (xs[i]! - mx) ** 2) * product((i) => (ys[i]! - my) ** 2));
}
