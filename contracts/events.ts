/** The gateway's event log: what it writes as JSON lines, one file per segment, segments numbered per gateway. */

export type ArmName = 'champion' | 'challenger';

/** One prediction served to one unit. */
export interface Exposure {
  kind: 'exposure';
  /** Milliseconds since the epoch, the gateway's clock, never decreasing within a gateway. */
  at: number;
  /** Prediction id, returned to the caller in the header `x-nightjar-prediction`. */
  id: string;
  /** sha256(unit) shortened to 16 hex digits: a customer's id never reaches the log. */
  unit: string;
  /** The rollout whose split assigned the unit, null when there was none. */
  rollout: string | null;
  /** The arm that the unit was assigned to; also when the answer came from the champion by fail-over. */
  arm: ArmName;
  /** The version of the assigned arm. */
  version: number;
  /** The challenger's share at this moment, in (0,1); 0 without a rollout. */
  share: number;
  /** What the assigned arm did. Anything but ok on the challenger was answered by the champion. */
  status: 'ok' | 'error' | 'timeout';
  /** Time of the assigned arm's answer. */
  milliseconds: number;
}

/**
 * What the unit then did; `POST /v1/feedback`. Sent again after a lost answer it stands here twice: a rate counts a unit once all the same,
 * a mean counts the amount twice.
 */
export interface Reward {
  kind: 'reward';
  at: number;
  unit: string;
  /** Prediction it answers, when the caller knows it. */
  id: string | null;
  /** Name of a rollout metric: `hit`, `order`, `revenue` … */
  name: string;
  /** 1 for an event; an amount for a mean, at most 1e9 either way. */
  value: number;
}

export type ServingEvent = Exposure | Reward;

/**
 * Summary of one segment, stored beside it (`summaryKey`); enough for monitoring without reading events.
 * It is written after its segment, segments of a gateway in ascending sequence: a summary that stands vouches for everything before it.
 */
export interface SegmentSummary {
  model: string;
  gateway: string;
  sequence: number;
  /** Every event of the segment has from <= at <= to; later segments of this gateway start after `to`. While a rollout runs, segments without events move it on. */
  fromMilliseconds: number;
  toMilliseconds: number;
  events: number;
  /** By arm name. A segment never mixes two versions of an arm: another version starts the next segment. */
  exposures: Partial<Record<ArmName, { count: number; errors: number; timeouts: number; version: number }>>;
  rewards: Record<string, { count: number; sum: number }>;
  /** Sketches of request columns and of scores over the champion's answers, mergeable (domain/drift). */
  columns: Record<string, import('./sketch.ts').Sketch>;
}

/** Key of a segment's events; the summary stands beside it. Ascending keys are ascending time per gateway. */
export const segmentKey = (model: string, day: string, gateway: string, sequence: number): string =>
  `events/${model}/${day}/${gateway}-${String(sequence).padStart(10, '0')}.jsonl`;

/** Key of a segment's summary. */
export const summaryKey = (segment: string): string => segment.replace(/\.jsonl$/, '.summary.json');
