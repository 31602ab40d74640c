import { expect, it } from 'vitest';
import { fixedPart, globPattern } from '../../../activities/refresh/glob.ts';

it.each([
  ['orders/*.csv', 'orders/a.csv', true],
  ['orders/*.csv', 'orders/2024/a.csv', false],
  ['orders/**/*.csv', 'orders/a.csv', true],
  ['orders/**/*.csv', 'orders/2024/01/a.csv', true],
  ['orders/day-?.csv', 'orders/day-1.csv', true],
  ['orders/day-?.csv', 'orders/day-11.csv', false],
  ['orders/a+b(1).csv', 'orders/a+b(1).csv', true],
  ['orders/a.csv', 'orders/aXcsv', false],
])('%s and %s: %s', (glob, path, matches) => {
  expect(globPattern(glob).test(path)).toBe(matches);
});

it('listing begins at the folder before the first wildcard', () => {
  expect(['orders/*.csv', 'a/b/**/c.csv', 'a/b.csv', '*.csv', '/x/y?/z'].map(fixedPart)).toEqual(['orders/', 'a/b/', 'a/', '', '/x/']);
});
