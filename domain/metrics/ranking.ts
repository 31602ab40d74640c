/**
 * Metrics of one ranked list against the set of items that were right for it, gain 1 each. `list` holds distinct items, best first;
 * positions after `k` do not count. All are 0 … 1, more is better, and undefined for an empty set: there was nothing to find.
 */
export type RankingMetric = (list: readonly string[], relevant: ReadonlySet<string>, k: number) => number;

/** 1 when any of the first k is right, else 0. */
export const hitRate: RankingMetric = (list, relevant, k) => (hits(list, relevant, k) > 0 ? 1 : 0);

/** Share of the right items that are among the first k. */
export const recall: RankingMetric = (list, relevant, k) => hits(list, relevant, k) / relevant.size;

/** Discounted gain Σ 1/log2(rank+1) over the right items, divided by that of the best possible list (Järvelin & Kekäläinen 2002). */
export const ndcg: RankingMetric = (list, relevant, k) => {
  let gain = 0;
  let best = 0;
  for (let i = 0; i < k; i++) {
    const discount = 1 / Math.log2(i + 2);
    if (i < list.length && relevant.has(list[i]!)) gain += discount;
    if (i < relevant.size) best += discount;
  }
  return gain / best;
};

/** 1 / rank of the first right item among the first k; 0 when there is none. */
export const reciprocalRank: RankingMetric = (list, relevant, k) => {
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i]!)) return 1 / (i + 1);
  return 0;
};

/** Mean of the precisions at each right item among the first k, over min(k, right items). */
export const averagePrecision: RankingMetric = (list, relevant, k) => {
  let found = 0;
  let sum = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i]!)) sum += ++found / (i + 1);
  return sum / Math.min(k, relevant.size);
};

function hits(list: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  let found = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i]!)) found++;
  return found;
}
