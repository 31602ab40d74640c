import { logMeanExp } from './log-math.ts';

/** Units and those of them with the event. */
export interface Counted {
  units: number;
  events: number;
}

/**
 * Upper bound, valid at every look, of how much more often the event comes with the challenger: its highest rate not refuted at α/2 less the
 * champion's lowest. For events too rare for an odds ratio to be told; both arms must have been served in the same shares of the same time.
 * @returns a difference of rates in (0, 1]
 */
export const excessBound = (challenger: Counted, champion: Counted, alpha: number): number =>
  highestRate(challenger, alpha / 2) - lowestRate(champion, alpha / 2);

const GRID = Array.from({ length: 40 }, (_, i) => (i + 0.5) / 40);

/** Smallest rate τ that is refuted as "the average rate is τ or more"; 1 while none is. */
export function highestRate({ units, events }: Counted, alpha: number): number {
  if (events === units) return 1;
  let [low, high] = [events / units, 1];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (logAgainst(units, events, middle) >= Math.log(1 / alpha)) high = middle;
    else low = middle;
  }
  return high;
}

/** Largest rate refuted as "the average rate is τ or less": the event that does not happen has the highest rate. */
export const lowestRate = ({ units, events }: Counted, alpha: number): number => 1 - highestRate({ units, events: units - events }, alpha);

/**
 * ln of the mean likelihood of lower rates over that of `rate`. It is an e-process against every sequence of rates with average `rate` or more:
 * each factor is linear and falling in the true rate, and Jensen's inequality does the rest.
 */
function logAgainst(units: number, events: number, rate: number): number {
  return logMeanExp(GRID.map((part) => events * Math.log(part) + (units - events) * Math.log((1 - rate * part) / (1 - rate))));
}
