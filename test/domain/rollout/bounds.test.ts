import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excessBound, highestRate, lowestRate } from '../../../domain/rollout/bounds.ts';
import { seededRandom } from '../../../domain/random.ts';

const counted = fc.tuple(fc.nat(5000), fc.double({ min: 0, max: 1, noNaN: true })).map(([units, part]) => ({ units, events: Math.round(units * part) }));

describe('bounds of rare events', () => {
  it('hold the observed rate, stay in [0, 1] and are never NaN', () => {
    fc.assert(
      fc.property(counted, (one) => {
        const [low, high] = [lowestRate(one, 0.05), highestRate(one, 0.05)];
        const rate = one.units > 0 ? one.events / one.units : 0.5;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(rate);
        expect(high).toBeGreaterThanOrEqual(rate);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('rise with each event of the challenger', () => {
    fc.assert(
      fc.property(counted, counted, (challenger, champion) => {
        if (challenger.events === challenger.units) return;
        const more = { ...challenger, events: challenger.events + 1 };
        expect(excessBound(more, champion, 0.05)).toBeGreaterThanOrEqual(excessBound(challenger, champion, 0.05) - 1e-9);
      }),
    );
  });

  it('let no error in a few hundred units prove that errors are rare, and in a few dozen not', () => {
    expect(highestRate({ units: 600, events: 0 }, 0.0125)).toBeLessThan(0.02);
    expect(highestRate({ units: 60, events: 0 }, 0.0125)).toBeGreaterThan(0.02);
  });

  it('miss the true rate in at most 5 % of sequences looked at after each 20 units', () => {
    const random = seededRandom(3);
    let missed = 0;
    for (let sequence = 0; sequence < 200; sequence++) {
      let events = 0;
      for (let units = 1; units <= 600; units++) {
        if (random.next() < 0.05) events++;
        if (units % 20 === 0 && highestRate({ units, events }, 0.05) < 0.05) {
          missed++;
          break;
        }
      }
    }
    expect(missed / 200).toBeLessThanOrEqual(0.05);
  });
});
