import type { Instance } from '../../contracts/bundle.ts';
import type { CategoricalSketch, NumericSketch, ReferenceSketches, Sketch } from '../../contracts/sketch.ts';

/**
 * Columns of an instance: a number field is a numeric column, a string or boolean field a categorical one,
 * an array field gives `<field>.length` (numeric) and `<field>.items` (categorical). The model's output is the column `score`.
 */
export const SCORE = 'score';
const LENGTH = '.length';
const ITEMS = '.items';

/** Sketches of the same columns, edges and categories that have counted nothing yet: a window to be compared with `reference`. */
export function emptyLike(reference: ReferenceSketches): ReferenceSketches {
  return Object.fromEntries(Object.entries(reference).map(([column, sketch]) => [column, empty(sketch)]));
}

/** Counts one instance in every column of `sketches` (in place). Fields without a column, as the unit, leave no trace. O(columns · log bins). */
export function addInstance(sketches: ReferenceSketches, instance: Instance): void {
  for (const column in sketches) {
    if (column === SCORE) continue;
    const sketch = sketches[column]!;
    const { field, part } = fieldOf(column, instance);
    const value = instance[field];
    if (part === 'value') addValue(sketch, value);
    else if (!Array.isArray(value)) addMissing(sketch);
    else if (part === 'length') addValue(sketch, value.length);
    else for (const item of value) addValue(sketch, item);
  }
}

/** Counts one prediction's score (domain/drift/score.ts) in the column `score`, when the sketches have one. */
export function addScore(sketches: ReferenceSketches, score: number | null): void {
  const sketch = sketches[SCORE];
  if (sketch) addValue(sketch, score);
}

/**
 * The sum of two sets of sketches, as one sketch of both windows would be; the arguments stay as they are.
 * Columns that only one side has, or whose edges differ because another version made them, are left out: they cannot be added.
 */
export function merge(left: ReferenceSketches, right: ReferenceSketches): ReferenceSketches {
  const both = Object.keys(left).filter((column) => Object.hasOwn(right, column) && comparable(left[column]!, right[column]!));
  return Object.fromEntries(both.map((column) => [column, sum(left[column]!, right[column]!)]));
}

/** Whether two sketches count in the same bins. */
export function comparable(left: Sketch, right: Sketch): boolean {
  if (left.kind === 'numeric')
    return right.kind === 'numeric' && left.edges.length === right.edges.length && left.edges.every((edge, i) => edge === right.edges[i]);
  if (right.kind !== 'categorical') return false;
  const categories = Object.keys(left.counts);
  return categories.length === Object.keys(right.counts).length && categories.every((category) => Object.hasOwn(right.counts, category));
}

/** Counts a value (in place). What does not fit the column's kind is as good as missing: a text in a numeric column, NaN, null. */
export function addValue(sketch: Sketch, value: unknown): void {
  sketch.count++;
  if (sketch.kind === 'numeric') {
    if (typeof value === 'number' && Number.isFinite(value)) sketch.counts[binOf(sketch.edges, value)]!++;
    else sketch.missing++;
    return;
  }
  if (value === null || value === undefined || typeof value === 'object') sketch.missing++;
  else {
    const category = String(value);
    // hasOwn: a category may be called `constructor`.
    if (Object.hasOwn(sketch.counts, category)) sketch.counts[category]!++;
    else sketch.other++;
  }
}

function addMissing(sketch: Sketch): void {
  sketch.count++;
  sketch.missing++;
}

/** Index of the bin with edges[i-1] < value <= edges[i]. */
function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface ColumnField {
  field: string;
  part: 'value' | 'length' | 'items';
}

/** Names of columns come from a bundle, so there are few; taking them apart once keeps the request path free of string work. */
const knownColumns = new Map<string, ColumnField>();

function fieldOf(column: string, instance: Instance): ColumnField {
  let known = knownColumns.get(column);
  if (!known) knownColumns.set(column, (known = takeApart(column)));
  if (known.part === 'value' || !Object.hasOwn(instance, column)) return known;
  return { field: column, part: 'value' }; // a field that is itself called `something.length`
}

function takeApart(column: string): ColumnField {
  if (column.endsWith(LENGTH)) return { field: column.slice(0, -LENGTH.length), part: 'length' };
  if (column.endsWith(ITEMS)) return { field: column.slice(0, -ITEMS.length), part: 'items' };
  return { field: column, part: 'value' };
}

export const lengthColumn = (field: string): string => field + LENGTH;
export const itemsColumn = (field: string): string => field + ITEMS;
/** The array field that an items column counts, or null when the column is none. */
export const arrayOfItems = (column: string): string | null => (column.endsWith(ITEMS) ? column.slice(0, -ITEMS.length) : null);

function empty(sketch: Sketch): Sketch {
  return sketch.kind === 'numeric'
    ? { kind: 'numeric', edges: sketch.edges, counts: sketch.counts.map(() => 0), missing: 0, count: 0 }
    : { kind: 'categorical', counts: Object.fromEntries(Object.keys(sketch.counts).map((category) => [category, 0])), other: 0, missing: 0, count: 0 };
}

function sum(left: Sketch, right: Sketch): Sketch {
  const shared = { missing: left.missing + right.missing, count: left.count + right.count };
  if (left.kind === 'numeric') return { ...left, ...shared, counts: left.counts.map((count, i) => count + (right as NumericSketch).counts[i]!) };
  const other = right as CategoricalSketch;
  return {
    ...left,
    ...shared,
    counts: Object.fromEntries(Object.entries(left.counts).map(([category, count]) => [category, count + other.counts[category]!])),
    other: left.other + other.other,
  };
}
