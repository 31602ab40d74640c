import { accuracyOf, brierOf, ece, f1, logLossOf, prAuc, rocAuc, type ScoredRows } from './binary.ts';
import { novelty, popularityBias, type Popularity } from './lists.ts';
import { itemSet, labelOf, numberOf, rankedItems } from './predictions.ts';
import { averagePrecision, hitRate, ndcg, recall, reciprocalRank, type RankingMetric } from './ranking.ts';
import { absoluteErrorOf, rmse } from './regression.ts';
import { unitMean, type Statistic } from './statistic.ts';

/** Test rows with what one model said about them. Arrays of equal length, a row each. */
export interface Cases {
  /** Unit of each row, an index into the weights of a statistic. */
  unitOf: Int32Array;
  predictions: readonly unknown[];
  truths: readonly unknown[];
  /** Of the items in the training rows; ranking tasks only. */
  popularity: Popularity | null;
}

export interface Metric {
  /** As declared and reported: `ndcg@10`, `rocAuc`. */
  name: string;
  /** Whether a larger value is better. */
  moreIsBetter: boolean;
  /** Prepares the metric over these rows once, so that each of a bootstrap's draws is one pass. */
  over: (cases: Cases) => Statistic;
  /** Value per row when the metric is a mean over units, else null. */
  perRow: ((cases: Cases) => Float64Array) | null;
}

export type Task = 'binary' | 'ranking' | 'regression';

/** The metric that a definition names; null when the task has none of this name. List length after `@`, else `k`. */
export function metricNamed(name: string, task: Task, k: number): Metric | null {
  const { word, at } = /^(?<word>[a-zA-Z0-9]+)(?:@(?<at>[1-9]\d*))?$/.exec(name)?.groups ?? {};
  if (!word) return null;
  if (task === 'ranking') return rankingMetric(name, word, at ? Number(at) : k);
  if (at) return null;
  if (task === 'binary') return binaryMetric(name);
  return regressionMetric(name);
}

const PER_LIST: Record<string, RankingMetric> = { hitRate, recall, ndcg, mrr: reciprocalRank, map: averagePrecision };
const PER_LIST_POPULARITY = { novelty, popularityBias };

function rankingMetric(name: string, word: string, k: number): Metric | null {
  if (Object.hasOwn(PER_LIST, word)) {
    const metric = PER_LIST[word]!;
    return meanOf(name, true, (cases) =>
      // Nothing to find is no failure to find it: such a row does not count.
      valuesOf(cases, (prediction, truth) => (itemSet(truth).size > 0 ? metric(rankedItems(prediction) ?? [], itemSet(truth), k) : NaN)),
    );
  }
  if (word === 'novelty' || word === 'popularityBias')
    return meanOf(name, word === 'novelty', (cases) =>
      valuesOf(cases, (prediction) => PER_LIST_POPULARITY[word](rankedItems(prediction) ?? [], cases.popularity!, k)),
    );
  return word === 'coverage' ? { name, moreIsBetter: true, over: (cases) => coverage(cases, k), perRow: null } : null;
}

/** Share of the items of the training rows that are in any list's first k. More is better. */
function coverage(cases: Cases, k: number): Statistic {
  const numberOfItem = new Map([...cases.popularity!.counts.keys()].map((item, i) => [item, i]));
  const lists = cases.predictions.map((prediction) =>
    Int32Array.from((rankedItems(prediction) ?? []).slice(0, k).flatMap((item) => numberOfItem.get(item) ?? [])),
  );
  const seenIn = new Int32Array(numberOfItem.size);
  let pass = 0;
  return (weights) => {
    pass++;
    let seen = 0;
    for (let row = 0; row < lists.length; row++) {
      if (weights[cases.unitOf[row]!] === 0) continue;
      for (const item of lists[row]!) {
        if (seenIn[item] !== pass) seen++;
        seenIn[item] = pass;
      }
    }
    return seen / numberOfItem.size;
  };
}

const PER_SCORE = {
  logLoss: { moreIsBetter: false, of: logLossOf },
  brier: { moreIsBetter: false, of: brierOf },
  accuracy: { moreIsBetter: true, of: accuracyOf },
};
const OVER_SCORES = { rocAuc: true, prAuc: true, f1: true, ece: false };

function binaryMetric(name: string): Metric | null {
  if (Object.hasOwn(PER_SCORE, name)) {
    const { moreIsBetter, of } = PER_SCORE[name as keyof typeof PER_SCORE];
    return meanOf(name, moreIsBetter, (cases) => valuesOf(cases, (prediction, truth) => of(numberOf(prediction), labelOf(truth))));
  }
  if (!Object.hasOwn(OVER_SCORES, name)) return null;
  const over = { rocAuc, prAuc, f1, ece }[name as keyof typeof OVER_SCORES];
  return { name, moreIsBetter: OVER_SCORES[name as keyof typeof OVER_SCORES], over: (cases) => over(scoredRows(cases)), perRow: null };
}

function regressionMetric(name: string): Metric | null {
  if (name === 'mae') return meanOf(name, false, (cases) => valuesOf(cases, (prediction, truth) => absoluteErrorOf(numberOf(prediction), Number(truth))));
  if (name !== 'rmse') return null;
  const over = (cases: Cases) => rmse(cases.unitOf, Float64Array.from(cases.predictions, numberOf), Float64Array.from(cases.truths, Number));
  return { name, moreIsBetter: false, over, perRow: null };
}

const meanOf = (name: string, moreIsBetter: boolean, perRow: (cases: Cases) => Float64Array): Metric => ({
  name,
  moreIsBetter,
  over: (cases) => unitMean(cases.unitOf, perRow(cases)),
  perRow,
});

const valuesOf = ({ predictions, truths }: Cases, value: (prediction: unknown, truth: unknown) => number): Float64Array =>
  Float64Array.from(predictions, (prediction, row) => value(prediction, truths[row]));

const scoredRows = ({ unitOf, predictions, truths }: Cases): ScoredRows => ({
  unitOf,
  scores: Float64Array.from(predictions, numberOf),
  labels: Uint8Array.from(truths, labelOf),
});
