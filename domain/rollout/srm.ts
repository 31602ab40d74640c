import { logBeta } from './log-math.ts';

/** Units assigned at one share of the challenger. */
export interface Assigned {
  share: number;
  units: number;
  challenger: number;
}

/** How sharply the alternative is centred on the planned share: as if so many units had been seen (statistics 2.1). */
const CONCENTRATION = 100;

/**
 * log E against "each new unit goes to the challenger with the step's share", the product over steps.
 * ln(1/α) and more: the counts are wrong, nothing can be concluded from them. A share of 1 assigns nothing by chance and is left out.
 */
export function logSampleRatioMismatch(steps: readonly Assigned[]): number {
  return steps.reduce((sum, step) => sum + logOfStep(step), 0);
}

function logOfStep({ share, units, challenger }: Assigned): number {
  if (share <= 0 || share >= 1) return 0;
  const [a, b] = [CONCENTRATION * share, CONCENTRATION * (1 - share)];
  return logBeta(a + challenger, b + units - challenger) - logBeta(a, b) - challenger * Math.log(share) - (units - challenger) * Math.log(1 - share);
}
