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
  const { units, labels, endsTie } = bestFirst(rows);
  return (weights) => {
    let [positives, negatives, area, yes, no] = [0, 0, 0, 0, 0];
    for (let i = 0; i < units.length; i++) {
      if (labels[i] === 1) yes += weights[units[i]!]!;
      else no += weights[units[i]!]!;
      if (endsTie[i] === 0) continue;
      area += no * (positives + yes / 2);
      positives += yes;
      negatives += no;
      yes = no = 0;
    }
    return area / (positives * negatives);
  };
}

/** Area under precision over recall as average precision, Σ (R_n − R_n−1)·P_n (scikit-learn: average_precision_score). More is better. */
export function prAuc(rows: ScoredRows): Statistic {
  const { units, labels, endsTie } = bestFirst(rows);
  return (weights) => {
    let [positives, all, sum, yes] = [0, 0, 0, 0];
    for (let i = 0; i < units.length; i++) {
      const weight = weights[units[i]!]!;
      all += weight;
      if (labels[i] === 1) yes += weight;
      if (endsTie[i] === 0 || yes === 0) continue;
      positives += yes;
      sum += (yes * positives) / all;
      yes = 0;
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
  const { units, labels, scores } = bestFirst(rows);
  return (weights) => {
    let total = 0;
    for (let i = 0; i < units.length; i++) total += weights[units[i]!]!;
    let [error, bin, seen, gap] = [0, 1, 0, 0];
    for (let i = units.length - 1; i >= 0; i--) {
      // A row drawn often may lie across borders: each bin gets its part.
      for (let left = weights[units[i]!]!; left > 0;) {
        const border = (total * bin) / bins;
        const part = bin === bins ? left : Math.min(left, border - seen);
        gap += part * (scores[i]! - labels[i]!);
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

/** The rows by falling score, each array in that order, so that a draw reads memory from front to back; endsTie is 1 at the last of equal scores. */
function bestFirst({ unitOf, scores, labels }: ScoredRows): { units: Int32Array; scores: Float64Array; labels: Uint8Array; endsTie: Uint8Array } {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const sorted = Float64Array.from(order, (row) => scores[row]!);
  return {
    units: Int32Array.from(order, (row) => unitOf[row]!),
    scores: sorted,
    labels: Uint8Array.from(order, (row) => labels[row]!),
    endsTie: Uint8Array.from(sorted, (score, i) => (score === sorted[i + 1] ? 0 : 1)),
  };
}
