import type { Instance } from '../../contracts/bundle.ts';
import type { CategoricalSketch, NumericSketch, ReferenceSketches } from '../../contracts/sketch.ts';
import { addValue, itemsColumn, lengthColumn, SCORE } from './sketch.ts';

/** Quantile bins of a numeric column, and categories kept of a categorical one (statistics: section 4). */
const BINS = 32;
const CATEGORIES = 256;

/**
 * Sketches of the data a version was trained on, and of its scores on it: what later windows are compared with.
 * @param without fields that are not described, as the unit: its values name customers and are never stored
 */
export function referenceSketches(instances: Iterable<Instance>, scores: Iterable<number | null>, without: readonly string[] = []): ReferenceSketches {
  const columns = new Map<string, unknown[]>();
  let seen = 0;
  for (const instance of instances) {
    for (const field in instance) {
      if (without.includes(field)) continue;
      const value = instance[field];
      if (Array.isArray(value)) {
        valuesOf(columns, lengthColumn(field), seen).push(value.length);
        const items = valuesOf(columns, itemsColumn(field), 0);
        for (const item of value) items.push(item);
      } else valuesOf(columns, field, seen).push(value);
    }
    seen++;
    for (const [column, values] of columns) if (!column.endsWith('.items') && values.length < seen) values.push(null);
  }
  const sketches: ReferenceSketches = {};
  for (const [column, values] of [...columns].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sketch = sketchOf(values);
    if (sketch) sketches[column] = sketch;
  }
  const scored = sketchOf([...scores]);
  if (scored?.kind === 'numeric') sketches[SCORE] = scored;
  return sketches;
}

/** The values of a column so far; a column first seen late was missing before. */
function valuesOf(columns: Map<string, unknown[]>, column: string, missingBefore: number): unknown[] {
  let values = columns.get(column);
  if (!values) columns.set(column, (values = new Array<unknown>(missingBefore).fill(null)));
  return values;
}

/** Numeric when every value there is one is a number; null for a column without any value. */
function sketchOf(values: readonly unknown[]): NumericSketch | CategoricalSketch | null {
  const present = values.filter((value) => value !== null && value !== undefined);
  if (present.length === 0) return null;
  const sketch = present.every((value) => typeof value === 'number') ? numericSketch(present) : categoricalSketch(present);
  for (const value of values) addValue(sketch, value);
  return sketch;
}

function numericSketch(values: readonly number[]): NumericSketch {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  const edges = new Set<number>();
  for (let i = 1; i < BINS && sorted.length > 0; i++) {
    const edge = sorted[Math.ceil((i * sorted.length) / BINS) - 1]!;
    // A value that fills more than one quantile gets a bin of its own, so that leaving it downwards is seen as well as upwards.
    if (edges.has(edge)) edges.add(justBelow(edge));
    edges.add(edge);
  }
  return { kind: 'numeric', edges: [...edges].sort((a, b) => a - b), counts: new Array<number>(edges.size + 1).fill(0), missing: 0, count: 0 };
}

const justBelow = (value: number): number => value - Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);

function categoricalSketch(values: readonly unknown[]): CategoricalSketch {
  const counts = new Map<string, number>();
  for (const value of values) if (typeof value !== 'object') counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const frequent = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, CATEGORIES);
  return { kind: 'categorical', counts: Object.fromEntries(frequent.map(([category]) => [category, 0])), other: 0, missing: 0, count: 0 };
}
