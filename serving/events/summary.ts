import type { SegmentSummary, ServingEvent } from '../../contracts/events.ts';
import type { ReferenceSketches } from '../../contracts/sketch.ts';

/** The part of a summary that is counted from the events themselves. */
export type SegmentCounts = Pick<SegmentSummary, 'events' | 'exposures' | 'rewards'>;

export const noEvents = (): SegmentCounts => ({ events: 0, exposures: {}, rewards: {} });

/** Counts one event (in place). */
export function count(counts: SegmentCounts, event: ServingEvent): void {
  counts.events++;
  if (event.kind === 'reward') {
    // The name comes from a caller: `constructor` must not find Object's own.
    if (!Object.hasOwn(counts.rewards, event.name)) counts.rewards[event.name] = { count: 0, sum: 0 };
    const reward = counts.rewards[event.name]!;
    reward.count++;
    reward.sum += event.value;
    return;
  }
  const arm = (counts.exposures[event.arm] ??= { count: 0, errors: 0, timeouts: 0, version: event.version });
  arm.count++;
  if (event.status === 'error') arm.errors++;
  if (event.status === 'timeout') arm.timeouts++;
}

/** Which segment a summary is of and which time it covers. */
export type SegmentSpan = Pick<SegmentSummary, 'model' | 'gateway' | 'sequence' | 'fromMilliseconds' | 'toMilliseconds'>;

export const summarise = (span: SegmentSpan, counts: SegmentCounts, columns: ReferenceSketches): SegmentSummary => ({ ...span, ...counts, columns });
