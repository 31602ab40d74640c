import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addReward, emptyMeans, meanEvidence } from '../../../domain/rollout/means.ts';
import { logSampleRatioMismatch } from '../../../domain/rollout/srm.ts';
import { seededRandom, type Random } from '../../../domain/random.ts';

describe('sample ratio', () => {
  it('is exact for one unit: B(a+1, b) / B(a, b) / p is 1', () => {
    expect(logSampleRatioMismatch([{ share: 0.3, units: 1, challenger: 1 }])).toBeCloseTo(0, 9);
  });

  it('agrees with scipy.special.betaln on a mismatch', () => {
    // scipy.special.betaln(50 + 110, 50 + 930) - scipy.special.betaln(50, 50) + 1040 * math.log(2)
    expect(logSampleRatioMismatch([{ share: 0.5, units: 1040, challenger: 110 }])).toBeCloseTo(326.9493786227311, 6);
  });

  it('finds a split of 45 % where 50 % were planned, and leaves a right one alone', () => {
    const alarm = Math.log(1000);
    expect(logSampleRatioMismatch([{ share: 0.5, units: 4000, challenger: 1800 }])).toBeGreaterThan(alarm);
    expect(
      logSampleRatioMismatch([
        { share: 0.01, units: 40000, challenger: 420 },
        { share: 0.5, units: 4000, challenger: 2030 },
      ]),
    ).toBeLessThan(0);
  });
});

/** Revenue: most units nothing, some an amount. */
const revenue = (random: Random, scale: number): number => (random.next() < 0.3 ? scale * (5 + 20 * random.next()) : 0);

function rollout(seed: number, scale: number, units: number) {
  const random = seededRandom(seed);
  const tally = emptyMeans();
  for (let i = 0; i < units; i++) {
    const share = i < units / 3 ? 0.1 : 0.5;
    const arm = random.next() < share ? 'challenger' : 'champion';
    addReward(tally, arm, share, revenue(random, (arm === 'challenger' ? scale : 1) * (1 + i / units)));
  }
  return tally;
}

/** Whether equal arms are called worse (at a quarter of 5 %: four guardrails) or better (at 5 %); looks grow sparser late, when one more unit changes nothing. */
function falseAlarms(seed: number, { share, buyers, units, unitsPerLook }: { share: number; buyers: number; units: number; unitsPerLook: number }) {
  const random = seededRandom(seed);
  const tally = emptyMeans();
  let [harm, superior, nextLook] = [false, false, unitsPerLook];
  for (let unit = 1; unit <= units; unit++) {
    addReward(tally, random.next() < share ? 'challenger' : 'champion', share, random.next() < buyers ? 5 + 20 * random.next() : 0);
    if (unit < nextLook) continue;
    nextLook = Math.max(unit + unitsPerLook, Math.ceil(unit * 1.002));
    const evidence = meanEvidence(tally, true, 0.1, 0.05, 500);
    harm ||= evidence.logHarm >= Math.log(80);
    superior ||= evidence.logSuperior >= Math.log(20);
  }
  return { harm, superior };
}

describe('means', () => {
  it('find a revenue that halves, and call one that doubles superior', () => {
    expect(meanEvidence(rollout(1, 0.5, 6000), true, 0.1, 0.05, 3000).logHarm).toBeGreaterThan(Math.log(20));
    expect(meanEvidence(rollout(2, 2, 6000), true, 0.1, 0.05, 3000).logSuperior).toBeGreaterThan(Math.log(20));
  });

  it('raise a false alarm in at most 5 % of harmless rollouts looked at ten times, while the mean moves with the share', () => {
    const alarms = Array.from({ length: 300 }, (_, i) => {
      const random = seededRandom(1000 + i);
      const tally = emptyMeans();
      for (let unit = 0; unit < 4000; unit++) {
        const share = unit < 1500 ? 0.1 : 0.5;
        addReward(tally, random.next() < share ? 'challenger' : 'champion', share, revenue(random, 1 + unit / 2000));
        if (unit % 400 === 399 && meanEvidence(tally, true, 0.1, 0.05, 3000).logHarm >= Math.log(20)) return true;
      }
      return false;
    });
    expect(alarms.filter(Boolean).length / alarms.length).toBeLessThanOrEqual(0.05);
  });

  it('a share of 5 % and 2 % of buyers: a run of units that buy nothing is no proof, at any look', () => {
    const alarms = Array.from({ length: 100 }, (_, i) => falseAlarms(5000 + i, { share: 0.05, buyers: 0.02, units: 50_000, unitsPerLook: 20 }));
    expect(alarms.filter(({ harm }) => harm).length).toBeLessThanOrEqual(100 * 0.0125);
    expect(alarms.filter(({ superior }) => superior).length).toBeLessThanOrEqual(100 * 0.05);
  });

  it('half and half: looks every five units from the first one on', () => {
    for (const buyers of [0.02, 0.3]) {
      const alarms = Array.from({ length: 200 }, (_, i) => falseAlarms(9000 + i, { share: 0.5, buyers, units: 4000, unitsPerLook: 5 }));
      expect(alarms.filter(({ harm }) => harm).length).toBeLessThanOrEqual(200 * 0.0125);
      expect(alarms.filter(({ superior }) => superior).length).toBeLessThanOrEqual(200 * 0.05);
    }
  });

  it('prove nothing while few units gave anything, however many were seen; find a challenger that earns nothing at all soon after', () => {
    const seen = (units: number) => {
      const tally = emptyMeans();
      for (let i = 0; i < units; i++) addReward(tally, i % 2 ? 'challenger' : 'champion', 0.5, i % 2 || i % 20 ? 0 : 30);
      return meanEvidence(tally, true, 0.1, 0.05, 1000);
    };
    expect(seen(1000)).toMatchObject({ logHarm: 0, logSafe: 0, logSuperior: 0, low: -Number.MAX_VALUE });
    expect(seen(1400).logHarm).toBeGreaterThan(Math.log(80));
  });

  it('prove nothing without variance', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 500 }), (value, units) => {
        const tally = emptyMeans();
        for (let i = 0; i < units; i++) addReward(tally, i % 2 ? 'challenger' : 'champion', 0.5, value);
        const evidence = meanEvidence(tally, true, 0.1, 0.05, 1000);
        expect([evidence.logHarm, evidence.logSafe, evidence.logSuperior]).toEqual([0, 0, 0]);
        expect(Object.values(evidence).every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
