import type { Statistic } from './statistic.ts';

/** Scored rows of a yes/no task. Arrays of equal length; `unitOf` maps a row to its unit. */
export interface ScoredRows {
  unitOf: Int32Array;
  /** Predicted probability of yes. */
  scores: Float64Array;
  /** 1 for yes, 0 for no. */
  labels: Uint8Array;
}

/** Probability that a yes is scored above a no, ties half. More is better. */
export function rocAuc(rows: ScoredRows): Statistic {
  const order = descending(rows.scores);
  return (weights) => {
    let positives = 0;
    let negatives = 0;
    let area = 0;
    for (let i = 0; i < order.length;) {
      const tie = weightsOfTie(rows, order, i, weights);
      area += tie.no * (positives + tie.yes / 2);
      positives += tie.yes;
      negatives += tie.no;
      i = tie.end;
    }
    return area / (positives * negatives);
  };
}

/** Area under precision over recall as average precision, Σ (R_n − R_n−1)·P_n (scikit-learn: average_precision_score). More is better. */
export function prAuc(rows: ScoredRows): Statistic {
  const order = descending(rows.scores);
  return (weights) => {
    let positives = 0;
    let all = 0;
    let sum = 0;
    for (let i = 0; i < order.length;) {
      const tie = weightsOfTie(rows, order, i, weights);
      positives += tie.yes;
      all += tie.yes + tie.no;
      if (tie.yes > 0) sum += (tie.yes * positives) / all;
      i = tie.end;
    }
    return sum / positives;
  };
}

/** −ln of the probability given to what happened, per row; clipped at the resolution of a double. Less is better. */
export const logLossOf = (score: number, label: number): number => {
  const clipped = Math.min(Math.max(score, Number.EPSILON), 1 - Number.EPSILON);
  return -Math.log(label === 1 ? clipped : 1 - clipped);
};

/** Squared error of the probability. Less is better. */
export const brierOf = (score: number, label: number): number => (score - label) ** 2;

/** 1 when the side of ½ is right. */
export const accuracyOf = (score: number, label: number): number => (score >= 0.5 === (label === 1) ? 1 : 0);

/** Harmonic mean of precision and recall at ½; 0 when nothing is found. More is better. */
export function f1({ unitOf, scores, labels }: ScoredRows): Statistic {
  return (weights) => {
    let found = 0;
    let wrong = 0;
    for (let row = 0; row < scores.length; row++) {
      const said = scores[row]! >= 0.5;
      const weight = weights[unitOf[row]!]!;
      if (said && labels[row] === 1) found += weight;
      else if (said || labels[row] === 1) wrong += weight;
    }
    return found + wrong === 0 ? 0 : (2 * found) / (2 * found + wrong);
  };
}

/** Expected calibration error over bins of equal mass: Σ share · |mean score − share of yes|. Less is better. */
export function ece(rows: ScoredRows, bins = 15): Statistic {
  const order = descending(rows.scores).reverse();
  return (weights) => {
    let total = 0;
    for (const row of order) total += weights[rows.unitOf[row]!]!;
    let error = 0;
    let bin = 1;
    let seen = 0;
    let gap = 0;
    for (const row of order) {
      // A row drawn often may lie across borders: each bin gets its part.
      for (let left = weights[rows.unitOf[row]!]!; left > 0;) {
        const border = (total * bin) / bins;
        const part = bin === bins ? left : Math.min(left, border - seen);
        gap += part * (rows.scores[row]! - rows.labels[row]!);
        seen += part;
        left -= part;
        if (bin < bins && seen >= border) {
          error += Math.abs(gap);
          gap = 0;
          bin++;
        }
      }
    }
    return (error + Math.abs(gap)) / total;
  };
}

function weightsOfTie(
  { unitOf, scores, labels }: ScoredRows,
  order: Int32Array,
  start: number,
  weights: ArrayLike<number>,
): { yes: number; no: number; end: number } {
  let yes = 0;
  let no = 0;
  let end = start;
  for (; end < order.length && scores[order[end]!] === scores[order[start]!]; end++) {
    const weight = weights[unitOf[order[end]!]!]!;
    if (labels[order[end]!] === 1) yes += weight;
    else no += weight;
  }
  return { yes, no, end };
}

const descending = (scores: Float64Array): Int32Array => Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
