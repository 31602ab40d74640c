import { seededRandom, splitSeed } from '../../domain/random.ts';
import { addStratum, emptyCurve, logHarm, logLikelihood, logSafe } from '../../domain/rollout/rates.ts';
import { PER_LOOK } from './cells.ts';
import { ALPHA } from './ours.ts';

/** When an intermediate step may be left, besides its least time and units: no harm proven · no suspicion either · proven safe. */
export const STEP_RULES = ['unless harm', 'unless suspect', 'when safe'] as const;
export type StepRule = (typeof STEP_RULES)[number];

const SHARES = [0.01, 0.05, 0.1, 0.25, 0.5];
const DWELL_LOOKS = 10;
const MIN_UNITS = 100;
const MOST_LOOKS = 3000;
const MARGIN_ODDS = 0.5;

export interface RampEnd {
  /** Units served by the challenger before the end. */
  exposed: number;
  /** Share that it had at the end. */
  share: number;
  looks: number;
  rolledBack: boolean;
}

/** A ramp whose steps follow the verdicts, until harm is proven, the last step is proven safe, or time is over. One bad event, base rate moving by ±50 %. */
export function ramp(rule: StepRule, base: number, harm: number, number: number): RampEnd {
  const random = seededRandom(splitSeed(number, `ramp ${base} ×${harm}`));
  const phase = 2 * Math.PI * random.next();
  const curve = emptyCurve();
  let [step, stepUnits, stepLooks, exposed] = [0, 0, 0, 0];
  for (let look = 1; look <= MOST_LOOKS; look++) {
    const counts: [number, number, number, number] = [0, 0, 0, 0];
    const rate = base * (1 + 0.5 * Math.sin(phase + (2 * Math.PI * look) / 200));
    for (let i = 0; i < PER_LOOK; i++) {
      const side = random.next() < SHARES[step]! ? 0 : 1;
      counts[side] += 1;
      if (random.next() < (side === 0 ? rate * harm : rate)) counts[side + 2]! += 1;
    }
    addStratum(curve, counts);
    [stepUnits, stepLooks, exposed] = [stepUnits + counts[0], stepLooks + 1, exposed + counts[0]];
    const likelihood = logLikelihood(curve);
    const evidence = logHarm(likelihood, false);
    const end = { exposed, share: SHARES[step]!, looks: look };
    if (evidence >= Math.log(1 / ALPHA)) return { ...end, rolledBack: true };
    if (stepLooks < DWELL_LOOKS || stepUnits < MIN_UNITS) continue;
    const last = step === SHARES.length - 1;
    const safe = (last || rule === 'when safe') && logSafe(likelihood, false, MARGIN_ODDS) >= Math.log(1 / ALPHA);
    if (last && safe) return { ...end, rolledBack: false };
    if (!last && (rule === 'unless harm' || safe || (rule === 'unless suspect' && evidence < Math.log(1 / ALPHA) / 2)))
      [step, stepUnits, stepLooks] = [step + 1, 0, 0];
  }
  return { exposed, share: SHARES[step]!, looks: MOST_LOOKS, rolledBack: false };
}
