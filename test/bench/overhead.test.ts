import { expect, it } from 'vitest';
import { overheadSeconds } from '../../bench/lifecycle/overhead.ts';

type History = Parameters<typeof overheadSeconds>[0][number];
const time = (seconds: number) => ({ seconds: seconds as never, nanos: 500_000_000 });
const activity = (id: number, from: number, to: number) => [
  { eventId: id as never, eventTime: time(from), activityTaskStartedEventAttributes: {} },
  { eventId: (id + 1) as never, eventTime: time(to), activityTaskCompletedEventAttributes: { startedEventId: id as never } },
];
const run = (from: number, to: number, ...activities: ReturnType<typeof activity>[]): History => ({
  events: [{ eventId: 1 as never, eventTime: time(from) }, ...activities.flat(), { eventId: 99 as never, eventTime: time(to) }],
});

it('overhead is what is left of the outermost run when the time of all activities is taken away, children included', () => {
  const outer = run(100, 120, activity(5, 101, 104), activity(8, 112, 119));
  const child = run(104, 112, activity(3, 105, 111));
  expect(overheadSeconds([outer, child])).toEqual({ total: 20, activities: 16, overhead: 4 });
});

it('activities at the same time count once, and one that never ended not at all', () => {
  const outer = run(0, 10, activity(5, 1, 6), activity(8, 2, 7), activity(20, 8, 9).slice(0, 1));
  expect(overheadSeconds([outer]).activities).toBe(6);
});
