/** Units whose window has closed, and how many of them had the event. */
export interface UnitCounts {
  units: number;
  events: number;
}

/** Evidence that the reward rate fell since promotion; plain JSON. */
export interface DecayState {
  /** The rate at promotion: the first closed units after it. */
  reference: UnitCounts;
  /** ln likelihood ratio of each alternative over all looks after the reference was full. */
  logs: number[];
}

/** Units that make up the rate at promotion; then it is fixed. */
export const REFERENCE_UNITS = 1000;

/** Odds ratios now / at promotion, log-spaced in (1/3, 1/1.02): the grid of the rollout judge (statistics: section 2.2). */
const GRID = Array.from({ length: 60 }, (_, i) => Math.exp(-(Math.log(1.02) + ((i + 0.5) / 60) * Math.log(3 / 1.02))));

export const freshDecay = (): DecayState => ({ reference: { units: 0, events: 0 }, logs: GRID.map(() => 0) });

/** The state after a look: it belongs to the reference while that is not full, afterwards it is evidence. A look is given once. */
export function afterLook(state: DecayState, look: UnitCounts, good: boolean, alpha: number): DecayState {
  const { reference, logs } = state;
  if (reference.units < REFERENCE_UNITS) return { ...state, reference: { units: reference.units + look.units, events: reference.events + look.events } };
  const before = leastRate(asGood(reference, good), alpha);
  const now = asGood(look, good);
  return { ...state, logs: logs.map((log, i) => log + logRatio(now, before, GRID[i]!)) };
}

/**
 * Log of the e-process against "the rate is not worse than at promotion", and whether it is proven worse at level α. The rate at promotion is
 * itself an estimate: the test is made against the worst rate that it may have been at α/2, and needs E ≥ 2/α, so that both errors together stay within α.
 */
export function decayOf({ logs }: DecayState, alpha: number): { logE: number; decayed: boolean } {
  const most = Math.max(...logs);
  const logE = most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
  return { logE, decayed: logE >= Math.log(2 / alpha) };
}

/** A bad event that comes more often is the same as a good one that comes less often. */
const asGood = ({ units, events }: UnitCounts, good: boolean): UnitCounts => ({ units, events: good ? events : units - events });

/** ln of the binomial likelihood at odds `ratio` times those of `rate`, over that at `rate`. The alternatives are below, so it also holds for any rate above. */
function logRatio({ units, events }: UnitCounts, rate: number, ratio: number): number {
  if (rate <= 0) return 0;
  const lower = (rate * ratio) / (rate * ratio + 1 - rate);
  return events * Math.log(lower / rate) + (units - events) * Math.log((1 - lower) / (1 - rate));
}

/** Least rate not refuted at α/2 by these counts: the Chernoff bound n·KL(observed ‖ rate) = ln(2/α) below the observed rate. */
function leastRate({ units, events }: UnitCounts, alpha: number): number {
  const observed = events / units;
  const budget = Math.log(2 / alpha) / units;
  let [low, high] = [0, observed];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (divergence(observed, middle) > budget) low = middle;
    else high = middle;
  }
  return low;
}

const divergence = (p: number, q: number): number => (p > 0 ? p * Math.log(p / q) : 0) + (p < 1 ? (1 - p) * Math.log((1 - p) / (1 - q)) : 0);
