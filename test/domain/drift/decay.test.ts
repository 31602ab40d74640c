import { describe, expect, test } from 'vitest';
import { afterLook, decayOf, freshDecay, REFERENCE_UNITS, type DecayState } from '../../../domain/drift/decay.ts';
import { seededRandom } from '../../../domain/random.ts';

const ALPHA = 0.01;

const HOUR = 3600_000;
const DAY = 24 * HOUR;

/** One look of a span of time. */
const look = (state: DecayState, from: number, span: number, units: number, events: number, good = true) =>
  afterLook(state, { after: from, until: from + span, units, events }, DAY, good, ALPHA);

/** Days of 100 units until decay is proven, or null within `days`; the rate changes after the reference is full. */
function daysUntilDecay(seed: number, before: number, after: number, days: number, good = true): number | null {
  const random = seededRandom(seed);
  const draw = (units: number, rate: number) => Array.from({ length: units }, () => random.next() < rate).filter(Boolean).length;
  let state = look(freshDecay(), 0, DAY, REFERENCE_UNITS, draw(REFERENCE_UNITS, before), good);
  for (let day = 1; day <= days; day++) {
    state = look(state, day * DAY, DAY, 100, draw(100, after), good);
    if (decayOf(state, ALPHA).decayed) return day;
  }
  return null;
}

describe('decay of the reward rate', () => {
  test('an unchanged rate judged 200 times is called decayed in at most 1 % of 200 worlds, though the rate at promotion is an estimate', () => {
    const alarms = Array.from({ length: 200 }, (_, seed) => daysUntilDecay(seed + 1, 0.3, 0.3, 200)).filter((look) => look !== null);
    expect(alarms.length).toBeLessThanOrEqual(2);
  });
  test('a rate that falls from 30 % to 15 % is found within ten days of 100 units', () => {
    for (let seed = 1; seed <= 20; seed++) expect(daysUntilDecay(seed, 0.3, 0.15, 10)).not.toBeNull();
  });
  test('a bad event that comes twice as often is found too; a good one that comes more often is no decay', () => {
    expect(daysUntilDecay(1, 0.1, 0.25, 20, false)).not.toBeNull();
    expect(daysUntilDecay(1, 0.1, 0.25, 50, true)).toBeNull();
  });
  test('nothing is proven before the reference is full, nor against a rate of nothing', () => {
    expect(decayOf(look(freshDecay(), 0, DAY, 50, 0), ALPHA)).toEqual({ logE: 0, decayed: false });
    const soon = look(look(freshDecay(), 0, HOUR, 5000, 2500), HOUR, HOUR, 5000, 0);
    expect(soon.reference).toBeNull();
    expect(decayOf(soon, ALPHA)).toEqual({ logE: 0, decayed: false });
    expect(daysUntilDecay(1, 0, 0, 50)).toBeNull();
  });
  test('nights with a third of the orders of a day, week after week, are no decay, whatever hour the promotion was at', () => {
    for (const promotedAt of [0, 9, 15, 22]) {
      const random = seededRandom(promotedAt + 1);
      let state = freshDecay();
      for (let hour = promotedAt; hour < promotedAt + 30 * 24; hour++) {
        const rate = hour % 24 < 8 ? 0.1 : 0.3;
        const units = hour % 24 < 8 ? 100 : 500;
        state = look(state, hour * HOUR, HOUR, units, Array.from({ length: units }, () => random.next() < rate).filter(Boolean).length);
        expect(decayOf(state, ALPHA).decayed).toBe(false);
      }
    }
  });
  test('a fall after a hundred good days is found in as many days as one after the first, or a few more', () => {
    const random = seededRandom(7);
    const draw = (rate: number) => Array.from({ length: 1000 }, () => random.next() < rate).filter(Boolean).length;
    let state = look(freshDecay(), 0, DAY, 10_000, 3000);
    for (let day = 1; day <= 100; day++) state = look(state, day * DAY, DAY, 1000, draw(0.3));
    for (let day = 101; day <= 103; day++) state = look(state, day * DAY, DAY, 1000, draw(0.2));
    expect(decayOf(state, ALPHA).decayed).toBe(true);
  });
  test('the state is plain JSON', () => {
    const state = look(freshDecay(), 0, HOUR, 5, 1);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});
