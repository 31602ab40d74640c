/**
 * The sparse input of a batch. A history sets some dozen of thousands of inputs, so the first layer adds up rows of its table
 * instead of multiplying with zeros. Entry e adds table row `rows[e]` to cell `cells[e]`; a cell is one slot of one example:
 * slot 0 holds the whole history, slots 1 … `recent` the item of that age. The table has `items` rows for slot 0 and as many for the rest.
 */
export interface Bag {
  examples: number;
  /** Per cell, by what its sum of rows is multiplied. */
  gains: Float32Array;
  /** Ascending by cell; the last entry is a sentinel one past the last cell, so that empty cells at the end are counted too. */
  rows: Int32Array;
  cells: Int32Array;
  /** The same entries ascending by row, with a sentinel one past the last row: what the gradient adds up. */
  cellsByRow: Int32Array;
  rowsAscending: Int32Array;
}

/** Collects the histories of a batch, one example after the other. */
export interface BagBuilder {
  /**
   * @param history positions of items, oldest first; only the first `length` count
   * @param keep asked once for each entry; dropout says no to some
   */
  add(history: Int32Array, length: number, keep: () => boolean): void;
  /** @param kept share of the entries that dropout keeps; the gains make up for the rest */
  build(kept?: number): Bag;
}

export const slots = (recent: number): number => 1 + recent;

/** The history counts as its mean, so that a long one does not drown the newest items; the gains bring both into the range in which Adam learns quickly. */
const HISTORY_GAIN = 50;
const RECENT_GAIN = 3;

/** Of the network: number of items, of slots by age, and how the weight of a slot falls with its age. */
export function bagBuilder({ items, recent, decay }: { items: number; recent: number; decay: number }): BagBuilder {
  const recentGains = Array.from({ length: recent }, (_, age) => RECENT_GAIN * decay ** age);
  const gains: number[] = [];
  const rows: number[] = [];
  const cells: number[] = [];
  /** Number (from 1) of the example that had this item last: an item taken twice is set once. */
  const setBy = new Int32Array(items);
  let examples = 0;
  return {
    add(history, length, keep) {
      const cell = examples++ * slots(recent);
      let distinct = 0;
      for (let i = 0; i < length; i++) {
        const item = history[i]!;
        if (setBy[item] === examples) continue;
        setBy[item] = examples;
        distinct++;
        if (keep()) {
          rows.push(item);
          cells.push(cell);
        }
      }
      for (let age = 0; age < Math.min(recent, length); age++) {
        if (!keep()) continue;
        rows.push(items + history[length - 1 - age]!);
        cells.push(cell + 1 + age);
      }
      gains.push(HISTORY_GAIN / Math.max(1, distinct), ...recentGains);
    },
    build: (kept = 1) => ({ examples, gains: Float32Array.from(gains, (gain) => gain / kept), ...entries(rows, cells, 2 * items, examples * slots(recent)) }),
  };
}

/** Both orders of the entries, by a counting sort. */
function entries(rows: number[], cells: number[], tableRows: number, cellCount: number): Omit<Bag, 'examples' | 'gains'> {
  const count = rows.length;
  const next = new Int32Array(tableRows + 1);
  for (const row of rows) next[row + 1]!++;
  for (let row = 0; row < tableRows; row++) next[row + 1]! += next[row]!;
  const cellsByRow = new Int32Array(count + 1);
  const rowsAscending = new Int32Array(count + 1);
  for (let entry = 0; entry < count; entry++) {
    const at = next[rows[entry]!]!++;
    cellsByRow[at] = cells[entry]!;
    rowsAscending[at] = rows[entry]!;
  }
  rowsAscending[count] = tableRows;
  return { rows: Int32Array.from([...rows, 0]), cells: Int32Array.from([...cells, cellCount]), cellsByRow, rowsAscending };
}
