import { addStratum, emptyCurve, logHarm, logLikelihood } from '../../domain/rollout/rates.ts';
import type { Stream } from './streams.ts';

/** Level of every rule that has one: false alarms over the whole rollout, one-sided. */
export const ALPHA = 0.05;

/** Look at which the judge proves harm, counting from 0; −1 when it never does. */
export function firstAlarm({ risk }: Stream): number {
  const curve = emptyCurve();
  return risk.findIndex((stratum) => {
    addStratum(curve, stratum);
    return logHarm(logLikelihood(curve), false) >= Math.log(1 / ALPHA);
  });
}
