/** `encoders.json`: which items the network knows, in the order of its inputs and outputs. */
export interface HistoryEncoders {
  items: string[];
}

/** Every item of the training rows, in one order whatever the order of the rows. */
export function fitItems(histories: Iterable<readonly string[]>): HistoryEncoders {
  const items = new Set<string>();
  for (const history of histories) for (const item of history) items.add(item);
  return { items: [...items].sort() };
}

/** Turns item ids into positions in `items`; training and serving use this one. Ids that training never saw are left out. */
export function itemEncoder({ items }: HistoryEncoders): (history: readonly string[]) => Int32Array {
  const positions = new Map(items.map((item, position) => [item, position]));
  return (history) => Int32Array.from(history.map((item) => positions.get(item) ?? -1).filter((position) => position >= 0));
}
