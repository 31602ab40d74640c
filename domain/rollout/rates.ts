import { chebyshevPoints, throughPoints } from './chebyshev.ts';
import { addCumulants } from './hypergeometric.ts';
import { logGrid, logMeanExp } from './log-math.ts';

/**
 * A stratum: units of one look that were split by the same share, [challenger units, champion units, challenger events, champion events].
 * Within it the arms differ by chance alone unless the challenger does something.
 */
export type Stratum = readonly [challengerUnits: number, championUnits: number, challengerEvents: number, championEvents: number];

/** ln of the likelihood of an odds ratio exp(theta) over that of 1, given all strata. Concave in theta. */
export type LogLikelihood = (theta: number) => number;

/**
 * All strata of a metric, reduced to a smooth function of ln ω: the sum of their cumulants at a few points. Grids of 60 alternatives, margins and intervals
 * are read off the polynomial through them instead of summing the distribution anew. The function is analytic for |Im theta| < π,
 * so 13 points on ±ln 5 leave an error below 1e-9 per event (tested against direct sums).
 */
export interface RateCurve {
  challengerEvents: number;
  cumulants: Float64Array;
}

/** Odds ratios beyond 5 and below 1/5 are reported as these. */
export const MOST_ODDS = 5;
const LIMIT = Math.log(MOST_ODDS);
const THETAS = chebyshevPoints(13).map((x) => x * LIMIT);

export const emptyCurve = (): RateCurve => ({ challengerEvents: 0, cumulants: new Float64Array(THETAS.length) });

/** A stratum in which everyone or no one had the event, or with one arm only, tells nothing about the odds ratio. */
export const isInformative = ([challengerUnits, championUnits, challengerEvents, championEvents]: Stratum): boolean => {
  const events = challengerEvents + championEvents;
  return challengerUnits > 0 && championUnits > 0 && events > 0 && events < challengerUnits + championUnits;
};

/** Adds a stratum to the curve, in place. */
export function addStratum(curve: RateCurve, stratum: Stratum): void {
  if (!isInformative(stratum)) return;
  const [challengerUnits, championUnits, challengerEvents, championEvents] = stratum;
  curve.challengerEvents += challengerEvents;
  addCumulants(challengerUnits, championUnits, challengerEvents + championEvents, THETAS, curve.cumulants);
}

export function curveOf(strata: readonly Stratum[]): RateCurve {
  const curve = emptyCurve();
  for (const stratum of strata) addStratum(curve, stratum);
  return curve;
}

export function logLikelihood({ challengerEvents, cumulants }: RateCurve): LogLikelihood {
  const cumulantAt = throughPoints(cumulants);
  return (theta) => theta * challengerEvents - cumulantAt(theta / LIMIT);
}

/** Alternatives of every e-process: 60 odds ratios, log-spaced in (1.02, 3), as logarithms. */
const STEPS = logGrid(1.02, 3, 60);

/** log E against "no difference" in the harmful direction (statistics 2.2). Give it first events of units at risk. */
export const logHarm = (likelihood: LogLikelihood, good: boolean): number => logEvidence(likelihood, 0, good ? -1 : 1);

/** log E against "no difference" in the direction that is good for the shop. Give it closed windows. */
export const logSuperior = (likelihood: LogLikelihood, good: boolean): number => logEvidence(likelihood, 0, good ? 1 : -1);

/** log E against "worse by the margin or more", an odds ratio of 1 + margin for a bad event. Give it closed windows: among units at risk the frail leave first. */
export function logSafe(likelihood: LogLikelihood, good: boolean, marginOdds: number): number {
  const border = Math.log(1 + Math.min(marginOdds, 2)); // 3 is the end of the grid: a wider margin is no margin
  return good ? logEvidence(likelihood, -border, 1) : logEvidence(likelihood, border, -1);
}

/** log mean over the alternatives of P_alternative / P_null, null and alternatives as log odds ratios. */
const logEvidence = (likelihood: LogLikelihood, from: number, direction: 1 | -1): number =>
  logMeanExp(STEPS.map((step) => likelihood(from + direction * step))) - likelihood(from);

const BOTH_SIDES = [...STEPS.map((step) => -step), ...STEPS];

/** The most likely odds ratio, and all that are not refuted by the two-sided e-process at level alpha; clipped to [1/5, 5]. */
export function oddsInterval(likelihood: LogLikelihood, alpha: number): { effect: number; low: number; high: number } {
  const best = mostLikely(likelihood);
  const least = logMeanExp(BOTH_SIDES.map(likelihood)) - Math.log(1 / alpha);
  const kept = (theta: number) => likelihood(theta) > least;
  if (!kept(best)) return { effect: Math.exp(best), low: Math.exp(best), high: Math.exp(best) }; // only when the truth lies beyond what is reported
  return { effect: Math.exp(best), low: Math.exp(border(kept, best, -LIMIT)), high: Math.exp(border(kept, best, LIMIT)) };
}

/** Golden-section search of the concave likelihood's top. */
function mostLikely(likelihood: LogLikelihood): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-LIMIT, LIMIT];
  if (likelihood(low) === likelihood(high)) return 0;
  while (high - low > 1e-6) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (likelihood(left) >= likelihood(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

/** Between `inside`, which is kept, and `outside`: the last value kept, by bisection. */
function border(kept: (theta: number) => boolean, inside: number, outside: number): number {
  if (kept(outside)) return outside;
  for (let i = 0; i < 40; i++) {
    const middle = (inside + outside) / 2;
    if (kept(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
