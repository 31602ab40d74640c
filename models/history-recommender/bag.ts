/**
 * The sparse input of a batch. A history sets some dozen of thousands of inputs, so the first layer adds up rows of its table
 * instead of multiplying with zeros. Entry e adds table row `rows[e]` to cell `cells[e]`; a cell is one slot of one example:
 * slot 0 holds the whole history, slots 1 … `recent` the item of that age. The table has `items` rows for slot 0 and as many for the rest.
 */
export interface Bag {
  examples: number;
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
  build(): Bag;
}

export const slots = (recent: number): number => 1 + recent;

export function bagBuilder(items: number, recent: number): BagBuilder {
  const rows: number[] = [];
  const cells: number[] = [];
  /** Number (from 1) of the example that had this item last: an item taken twice is set once. */
  const setBy = new Int32Array(items);
  let examples = 0;
  return {
    add(history, length, keep) {
      const cell = examples++ * slots(recent);
      for (let i = 0; i < length; i++) {
        const item = history[i]!;
        if (setBy[item] === examples) continue;
        setBy[item] = examples;
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
    },
    build: () => withSentinels(rows, cells, examples, 2 * items, examples * slots(recent)),
  };
}

function withSentinels(rows: number[], cells: number[], examples: number, tableRows: number, cellCount: number): Bag {
  const entries = rows.length;
  const next = new Int32Array(tableRows + 1);
  for (const row of rows) next[row + 1]!++;
  for (let row = 0; row < tableRows; row++) next[row + 1]! += next[row]!;
  const cellsByRow = new Int32Array(entries + 1);
  const rowsAscending = new Int32Array(entries + 1);
  for (let entry = 0; entry < entries; entry++) {
    const at = next[rows[entry]!]!++;
    cellsByRow[at] = cells[entry]!;
    rowsAscending[at] = rows[entry]!;
  }
  rowsAscending[entries] = tableRows;
  return { examples, rows: Int32Array.from([...rows, 0]), cells: Int32Array.from([...cells, cellCount]), cellsByRow, rowsAscending };
}
