/** How often each item occurs in the training rows; `total` is their sum. */
export interface Popularity {
  counts: ReadonlyMap<string, number>;
  total: number;
}

/** Surprise of the first k in bits: mean of −log2 of an item's share of the training data; an item never seen counts as seen once. More is newer. */
export function novelty(list: readonly string[], popularity: Popularity, k: number): number {
  return mean(list, k, (item) => -Math.log2((popularity.counts.get(item) ?? 1) / popularity.total));
}

/** Mean popularity of the first k as a share of the most popular item's; 1 is a list of nothing but the top seller. */
export function popularityBias(list: readonly string[], popularity: Popularity, k: number): number {
  let most = 0;
  for (const count of popularity.counts.values()) if (count > most) most = count;
  return mean(list, k, (item) => (popularity.counts.get(item) ?? 0) / most);
}

function mean(list: readonly string[], k: number, value: (item: string) => number): number {
  const items = list.slice(0, k);
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
