import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MonitorObservation } from '../../contracts/activities.ts';
import { monitorPolicy } from '../../contracts/policy.ts';
import { emptyMonitorState, nextMonitorState, type MonitorState } from '../../domain/monitor.ts';

const policy = monitorPolicy.parse({});
const HOUR = 3600_000;
const quiet: MonitorObservation = { until: '', exposures: 500, drifted: [], logDecay: 0, decayed: false, champion: 1, lastGood: null, promotedAt: null };
const drifting: MonitorObservation = { ...quiet, drifted: [{ column: 'age', effect: 0.4, p: 0.001 }] };
const decaying: MonitorObservation = { ...quiet, decayed: true, logDecay: 6 };

/** What is asked for after each hourly window. */
function requests(windows: MonitorObservation[], some = policy) {
  let state: MonitorState = emptyMonitorState();
  return windows.map((observation, hour) => {
    const next = nextMonitorState(state, observation, some, hour * HOUR);
    state = JSON.parse(JSON.stringify(next.state)) as MonitorState;
    return next.request;
  });
}

describe('asking for a retrain', () => {
  test('one window over threshold is chance, two of three are not', () => {
    expect(requests([quiet, drifting, quiet, quiet, drifting, quiet, drifting])).toEqual([null, null, null, null, null, null, 'drift']);
  });
  test('decay is named when it is decay', () => {
    expect(requests([decaying, decaying])).toEqual([null, 'decay']);
    expect(requests([decaying, drifting])).toEqual([null, 'drift']);
  });
  test('not within the cool-down, again after it', () => {
    const asked = requests(Array<MonitorObservation>(60).fill(drifting));
    expect(asked.flatMap((request, hour) => (request ? [hour] : []))).toEqual([1, 25, 49]);
  });
  test('not over the budget of 30 days', () => {
    const asked = requests(Array<MonitorObservation>(24 * 40).fill(drifting), { ...policy, maxRetrainsPerMonth: 3 });
    expect(asked.flatMap((request, hour) => (request ? [hour] : []))).toEqual([1, 25, 49, 722, 746, 770].map((hour) => (hour > 700 ? hour - 1 : hour)));
  });
  test('a window with too few exposures is not counted, another champion starts anew', () => {
    expect(requests([drifting, { ...drifting, exposures: 10 }, quiet, drifting])).toEqual([null, null, null, 'drift']);
    expect(requests([drifting, { ...drifting, champion: 2 }])).toEqual([null, null]);
    expect(
      requests([
        { ...drifting, champion: null },
        { ...drifting, champion: null },
      ]),
    ).toEqual([null, null]);
  });
  test('the reason is a sentence with the column and the figures', () => {
    expect(nextMonitorState(emptyMonitorState(), drifting, policy, 0).reason).toMatch(
      /^1 column drifted, most of all age \(effect 0\.400\)\. 1 of the last 1 windows over threshold\.$/,
    );
  });
  test('whatever comes, requests keep the cool-down and the budget', () => {
    const windows = fc.array(fc.constantFrom(quiet, drifting, decaying, { ...drifting, champion: 2 }, { ...quiet, exposures: 0 }), { maxLength: 400 });
    fc.assert(
      fc.property(windows, fc.nat(5), fc.nat(48), (some, budget, coolDownHours) => {
        const hours = requests(some, { ...policy, maxRetrainsPerMonth: budget, coolDownSeconds: coolDownHours * 3600 }).flatMap((request, hour) =>
          request ? [hour] : [],
        );
        expect(hours.length).toBeLessThanOrEqual(budget);
        for (let i = 1; i < hours.length; i++) expect(hours[i]! - hours[i - 1]!).toBeGreaterThanOrEqual(coolDownHours);
      }),
      { numRuns: 50 },
    );
  });
});
