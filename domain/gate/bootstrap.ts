import type { Statistic } from '../metrics/statistic.ts';
import type { Random } from '../random.ts';

/** Replicates between two yields: short enough for heartbeats, long enough not to matter. */
const REPLICATES_PER_YIELD = 20;

/**
 * Paired bootstrap over units (Efron & Tibshirani 1993, chapter 8): draws as many units as there are, with replacement, and computes every
 * difference from the same draw, so that they stay comparable. Yields now and then so that the caller can report that it lives.
 * @returns per difference its replicates, ascending, without those that the draw left undefined
 */
export function* pairedBootstrap(differences: readonly Statistic[], units: number, samples: number, random: Random): Generator<void, Float64Array[]> {
  const weights = new Uint16Array(units);
  const replicates = differences.map(() => new Float64Array(samples));
  for (let sample = 0; sample < samples; sample++) {
    weights.fill(0);
    for (let drawn = 0; drawn < units; drawn++) weights[random.below(units)]!++;
    for (let i = 0; i < differences.length; i++) replicates[i]![sample] = differences[i]!(weights);
    if (sample % REPLICATES_PER_YIELD === 0) yield;
  }
  return replicates.map((values) => values.filter((value) => !Number.isNaN(value)).sort());
}

/** The value below which the share q of ascending values lies, between neighbours by distance (Hyndman & Fan 1996, type 7); NaN without values. */
export function quantile(ascending: Float64Array, q: number): number {
  const place = (ascending.length - 1) * q;
  const below = ascending[Math.floor(place)] ?? NaN;
  const above = ascending[Math.ceil(place)] ?? NaN;
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}
