/** A rule that a cleaned table must keep; a batch that breaks one is quarantined. */
export interface Expectation {
  rule: string;
  table: string;
  column: string | null;
  /** SQL condition that is true for a row which breaks the rule; or for whole-table rules a SELECT that counts such rows. */
  broken: string;
  kind: 'row' | 'table';
  message: string;
}
