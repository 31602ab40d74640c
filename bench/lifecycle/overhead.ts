import type { WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

/** Seconds that a workflow and its children took, less those in which one of their activities ran. Histories: of the closed workflow first. */
export function overheadSeconds(histories: History[]): { total: number; activities: number; overhead: number } {
  const [outer] = histories;
  const [first, last] = [outer!.events!.at(0)!, outer!.events!.at(-1)!];
  const total = at(last) - at(first);
  const activities = covered(histories.flatMap(activityTimes));
  return { total, activities, overhead: total - activities };
}

type Interval = [from: number, to: number];

function activityTimes({ events = [] }: History): Interval[] {
  const started = new Map(events!.filter((event) => event.activityTaskStartedEventAttributes).map((event) => [Number(event.eventId), event]));
  return events!.flatMap((event) => {
    const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes ?? event.activityTaskCanceledEventAttributes;
    const start = ended && started.get(Number(ended.startedEventId));
    return start ? [[at(start), at(event)] as Interval] : [];
  });
}

/** Seconds that lie in at least one interval. */
function covered(intervals: Interval[]): number {
  let sum = 0;
  let until = -Infinity;
  for (const [from, to] of intervals.sort(([a], [b]) => a - b)) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return sum;
}

const at = ({ eventTime }: HistoryEvent): number => Number(eventTime!.seconds) + eventTime!.nanos! / 1e9;
