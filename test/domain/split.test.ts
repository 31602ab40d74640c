import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, splitPoint, unitHash } from '../../domain/split.ts';

const percent = fc.double({ min: 0, max: 100, noNaN: true });

describe('the split', () => {
  it('is sticky, and a ramp only adds units to the challenger', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), percent, percent, (rollout, unit, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        if (assign(rollout, unit, low) === 'challenger') expect(assign(rollout, unit, high)).toBe('challenger');
        expect(assign(rollout, unit, 0)).toBe('champion');
        expect(assign(rollout, unit, 100)).toBe('challenger');
        expect(splitPoint(rollout, unit)).toBe(splitPoint(rollout, unit));
      }),
    );
  });

  it('is uniform (chi-squared over 100 cells, 200,000 units)', () => {
    const cells = new Array<number>(100).fill(0);
    const units = 200_000;
    for (let unit = 0; unit < units; unit++) cells[Math.floor(splitPoint('reco@2', unitHash(`user-${unit}`)) * 100)]!++;
    const expected = units / cells.length;
    const chiSquared = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(148.2); // 0.999 quantile at 99 degrees of freedom
  });

  it('draws other units for each rollout (chi-squared of independence, 10 × 10 cells)', () => {
    const cells = Array.from({ length: 100 }, () => 0);
    const units = 100_000;
    for (let unit = 0; unit < units; unit++) {
      const hash = unitHash(`user-${unit}`);
      cells[Math.floor(splitPoint('reco@2', hash) * 10) * 10 + Math.floor(splitPoint('reco@3', hash) * 10)]!++;
    }
    const chiSquared = cells.reduce((sum, count) => sum + (count - units / 100) ** 2 / (units / 100), 0);
    expect(chiSquared).toBeLessThan(148.2);
  });
});

it('a unit is called by 16 hex digits', () => {
  expect(unitHash('user-1')).toMatch(/^[0-9a-f]{16}$/);
  expect(unitHash('user-1')).not.toBe(unitHash('user-2'));
});
