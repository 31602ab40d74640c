/** A broken expectation. Examples are redacted: a customer's value never leaves the data. */
export interface Anomaly {
  /** Name of the expectation, e.g. `unique`, `between`, `not-null`, `types`, `file`. */
  rule: string;
  table: string;
  column: string | null;
  /** Rows that break it. */
  rows: number;
  /** Rows looked at. */
  of: number;
  /** Redacted, at most three. */
  examples: string[];
  message: string;
}

/** `snapshots/<digest>/manifest.json`: an immutable, content-addressed training and test set. The digest is the sha256 of this file's exact bytes. */
export interface SnapshotManifest {
  format: 1;
  model: string;
  /** sha256 of the model folder's source text: other SQL makes another snapshot. */
  definition: string;
  sources: { name: string; files: { path: string; sha256: string; bytes: number }[] }[];
  files: { path: 'train.parquet' | 'test.parquet' | 'statistics.json' | 'sketches.json' | string; sha256: string; bytes: number }[];
  schema: { column: string; type: string }[];
  trainRows: number;
  testRows: number;
}

/** A column of the training rows, in `statistics.json`. */
export interface ColumnStatistics {
  type: string;
  count: number;
  missing: number;
  /** Approximate: within some per cent. */
  distinct: number;
  /** Of numbers and times (ISO); of texts and lists: of their length. */
  min: number | string | null;
  max: number | string | null;
  mean: number | null;
  /** At 1, 5, 25, 50, 75, 95 and 99 %, of at most about a million rows; numbers only. */
  quantiles: number[] | null;
}

/** `snapshots/<digest>/statistics.json` */
export interface SnapshotStatistics {
  trainRows: number;
  testRows: number;
  columns: Record<string, ColumnStatistics>;
}

/** What travels in histories. */
export interface SnapshotRef {
  digest: string;
  trainRows: number;
  testRows: number;
}

export type RefreshResult =
  | { kind: 'new'; snapshot: SnapshotRef }
  | { kind: 'unchanged'; snapshot: SnapshotRef; reason: string }
  | { kind: 'invalid'; anomalies: Anomaly[]; quarantine: string };
