/** One line of a comparison. */
export interface BenchRow {
  name: string;
  /** Nightjar's figure and the peer's, in `unit`; null where there is no peer. */
  ours: number;
  peer: number | null;
  /** ours ÷ peer. */
  ratio: number | null;
  unit: string;
  /** In words, e.g. `< 2 s` or `ratio ≤ 1.5`. */
  target: string;
  pass: boolean;
}

/** What `bench/<name>/main.ts` exports. */
export interface Bench {
  /** What is measured against what, and what is not measured. */
  about: string;
  run: (options: { json: boolean }) => Promise<BenchRow[]>;
}
