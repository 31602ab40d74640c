import { describe, expect, test } from 'vitest';
import { afterLook, decayOf, freshDecay, REFERENCE_UNITS } from '../../../domain/drift/decay.ts';
import { seededRandom } from '../../../domain/random.ts';

const ALPHA = 0.01;

/** Looks until decay is proven, or null within `looks`; the rate changes after the reference is full. */
function looksUntilDecay(seed: number, before: number, after: number, looks: number, good = true): number | null {
  const random = seededRandom(seed);
  const draw = (rate: number) => ({ units: 100, events: Array.from({ length: 100 }, () => random.next() < rate).filter(Boolean).length });
  let state = freshDecay();
  for (let look = 0; look < REFERENCE_UNITS / 100; look++) state = afterLook(state, draw(before), good, ALPHA);
  for (let look = 1; look <= looks; look++) {
    state = afterLook(state, draw(after), good, ALPHA);
    if (decayOf(state, ALPHA).decayed) return look;
  }
  return null;
}

describe('decay of the reward rate', () => {
  test('an unchanged rate looked at 200 times is called decayed in at most 1 % of 200 worlds, though the rate at promotion is an estimate', () => {
    const alarms = Array.from({ length: 200 }, (_, seed) => looksUntilDecay(seed + 1, 0.3, 0.3, 200)).filter((look) => look !== null);
    expect(alarms.length).toBeLessThanOrEqual(2);
  });
  test('a rate that falls from 30 % to 15 % is found within ten looks of 100 units', () => {
    for (let seed = 1; seed <= 20; seed++) expect(looksUntilDecay(seed, 0.3, 0.15, 10)).not.toBeNull();
  });
  test('a bad event that comes twice as often is found too; a good one that comes more often is no decay', () => {
    expect(looksUntilDecay(1, 0.1, 0.25, 20, false)).not.toBeNull();
    expect(looksUntilDecay(1, 0.1, 0.25, 50, true)).toBeNull();
  });
  test('nothing is proven before the reference is full, nor against a rate of nothing', () => {
    expect(decayOf(afterLook(freshDecay(), { units: 50, events: 0 }, true, ALPHA), ALPHA)).toEqual({ logE: 0, decayed: false });
    expect(looksUntilDecay(1, 0, 0, 50)).toBeNull();
  });
  test('the state is plain JSON', () => {
    const state = afterLook(freshDecay(), { units: 5, events: 1 }, true, ALPHA);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});
