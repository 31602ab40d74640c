/** Units whose window has closed, and how many of them had the event. */
export interface UnitCounts {
  units: number;
  events: number;
}

/** A look: units first exposed in (after, until]; milliseconds since the epoch. */
export interface DecayLook extends UnitCounts {
  after: number;
  until: number;
}

/** Evidence that the reward rate fell since promotion; plain JSON. */
export interface DecayState {
  /** The rate at promotion: the first whole period after it; null until that is over. */
  reference: UnitCounts | null;
  /** The period that is being counted; it begins with the first look that has units. */
  period: UnitCounts & { since: number | null };
  /** Periods judged after the reference. */
  judged: number;
  /** Per alternative: ln of the likelihood ratios since each period in which the fall may have begun, weighted and summed; null before any. */
  logs: number[] | null;
}

/** Least units that make up the rate at promotion. */
export const REFERENCE_UNITS = 1000;

/** Odds ratios now / at promotion, log-spaced in (1/3, 1/1.02): the grid of the rollout judge (statistics: section 2.2). */
const GRID = Array.from({ length: 60 }, (_, i) => Math.exp(-(Math.log(1.02) + ((i + 0.5) / 60) * Math.log(3 / 1.02))));

const emptyPeriod = (): DecayState['period'] => ({ units: 0, events: 0, since: null });
export const freshDecay = (): DecayState => ({ reference: null, period: emptyPeriod(), judged: 0, logs: null });

/**
 * The state after a look. Looks add up to whole periods, and only these are compared, the first one being the rate at promotion: people buy less at night,
 * and a night held against a day would prove a fall every night. A look is given once, looks in the order of time.
 * @param periodMilliseconds a day, or a week where weekdays differ
 */
export function afterLook(state: DecayState, look: DecayLook, periodMilliseconds: number, good: boolean, alpha: number): DecayState {
  const period = {
    units: state.period.units + look.units,
    events: state.period.events + look.events,
    since: state.period.since ?? (look.units > 0 ? look.after : null),
  };
  const isWhole = period.since !== null && look.until - period.since >= periodMilliseconds && (state.reference !== null || period.units >= REFERENCE_UNITS);
  if (!isWhole) return { ...state, period };
  const { units, events } = period;
  if (!state.reference) return { ...state, reference: { units, events }, period: emptyPeriod() };
  const before = leastRate(asGood(state.reference, good), alpha);
  const now = asGood(period, good);
  const judged = state.judged + 1;
  // The fall may have begun with any period k, with weight 1/(k(k+1)): good weeks before it must not outweigh it.
  const begins = -Math.log(judged * (judged + 1));
  const logs = GRID.map((ratio, i) => (state.logs ? logSumExp([state.logs[i]!, begins]) : begins) + logRatio(now, before, ratio));
  return { ...state, period: emptyPeriod(), judged, logs };
}

/**
 * Log of the e-process against "the rate is not worse than at promotion", and whether it is proven worse at level α. The rate at promotion is
 * itself an estimate: the test is made against the worst rate that it may have been at α/2, and needs E ≥ 2/α, so that both errors together stay within α.
 * What is left of the weights stands for a fall that has not begun, with a ratio of 1.
 */
export function decayOf({ logs, judged }: DecayState, alpha: number): { logE: number; decayed: boolean } {
  if (!logs) return { logE: 0, decayed: false };
  const logE = logSumExp([logSumExp(logs) - Math.log(logs.length), -Math.log(judged + 1)]);
  return { logE, decayed: logE >= Math.log(2 / alpha) };
}

function logSumExp(logs: readonly number[]): number {
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
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
