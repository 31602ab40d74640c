/** Mergeable summaries of a column (statistics: section 4). Cost is O(bins), independent of rows. */

/** Counts between fixed edges: counts[i] holds edges[i-1] < x <= edges[i]; the last holds what is above all edges. */
export interface NumericSketch {
  kind: 'numeric';
  edges: number[];
  counts: number[];
  missing: number;
  count: number;
}

/** Counts of the most frequent categories of the reference; all others together in `other`. */
export interface CategoricalSketch {
  kind: 'categorical';
  counts: Record<string, number>;
  other: number;
  missing: number;
  count: number;
}

export type Sketch = NumericSketch | CategoricalSketch;

/** What a bundle carries to compare later windows with: `sketches.json`. */
export type ReferenceSketches = Record<string, Sketch>;
