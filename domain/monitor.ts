import type { MonitorObservation } from '../contracts/activities.ts';
import type { MonitorPolicy } from '../contracts/policy.ts';

const MONTH_MILLISECONDS = 30 * 24 * 3600 * 1000;

export type RetrainRequest = 'drift' | 'decay';

/** What a monitor remembers between windows; plain JSON, small, carried through continue-as-new. */
export interface MonitorState {
  /** Version that the windows below are about. */
  champion: number | null;
  /** What was over its threshold in each of the last `ofWindows` windows, oldest first. */
  windows: { drift: boolean; decay: boolean }[];
  /** When retrains were asked for in the last 30 days; milliseconds since the epoch. */
  requestedAt: number[];
}

export const emptyMonitorState = (): MonitorState => ({ champion: null, windows: [], requestedAt: [] });

/**
 * The state after one more window, and whether to ask for a retrain (statistics: section 4): over threshold in `needWindows` of the last
 * `ofWindows`, not within the cool-down, not over the monthly budget. A window with too few exposures says nothing and is not counted;
 * another champion starts from nothing.
 */
export function nextMonitorState(
  state: MonitorState,
  observation: MonitorObservation,
  policy: MonitorPolicy,
  nowMs: number,
): { state: MonitorState; request: RetrainRequest | null; reason: string } {
  const windows = observation.champion === state.champion ? state.windows : [];
  const next: MonitorState = { champion: observation.champion, windows, requestedAt: state.requestedAt.filter((at) => at > nowMs - MONTH_MILLISECONDS) };
  if (observation.champion === null) return { state: next, request: null, reason: 'No version serves yet.' };
  if (observation.exposures < policy.minWindowCount)
    return { state: next, request: null, reason: `Only ${observation.exposures} exposures in this window; ${policy.minWindowCount} are needed to judge it.` };

  next.windows = [...windows, { drift: observation.drifted.length > 0, decay: observation.decayed }].slice(-policy.ofWindows);
  const wanted = wantedRequest(next.windows, policy);
  if (!wanted)
    return {
      state: next,
      request: null,
      reason: `${whatIsSeen(observation)} ${overCount(next.windows)} of the last ${next.windows.length} windows over threshold.`,
    };
  const withheld = whyWithheld(next.requestedAt, policy, nowMs);
  if (withheld) return { state: next, request: null, reason: `${whatIsSeen(observation)} ${withheld}` };
  next.requestedAt.push(nowMs);
  // What led to this request may not lead to the next: the windows after it decide.
  next.windows = [];
  return {
    state: next,
    request: wanted,
    reason: `${whatIsSeen(observation)} Over threshold in ${policy.needWindows} of the last ${policy.ofWindows} windows: a retrain is asked for.`,
  };
}

function wantedRequest(windows: MonitorState['windows'], policy: MonitorPolicy): RetrainRequest | null {
  if (windows.filter(({ decay }) => decay).length >= policy.needWindows) return 'decay';
  return overCount(windows) >= policy.needWindows ? 'drift' : null;
}

const overCount = (windows: MonitorState['windows']): number => windows.filter(({ drift, decay }) => drift || decay).length;

function whyWithheld(requestedAt: readonly number[], policy: MonitorPolicy, nowMs: number): string | null {
  const sinceLastSeconds = requestedAt.length > 0 ? (nowMs - Math.max(...requestedAt)) / 1000 : Infinity;
  if (sinceLastSeconds < policy.coolDownSeconds)
    return `The last retrain was asked for ${Math.round(sinceLastSeconds)} s ago; the cool-down is ${policy.coolDownSeconds} s.`;
  if (requestedAt.length >= policy.maxRetrainsPerMonth)
    return `${requestedAt.length} retrains were asked for in 30 days; the budget is ${policy.maxRetrainsPerMonth}.`;
  return null;
}

function whatIsSeen({ drifted, decayed, logDecay }: MonitorObservation): string {
  const worst = drifted[0];
  const drift = worst
    ? `${drifted.length} ${drifted.length === 1 ? 'column' : 'columns'} drifted, most of all ${worst.column} (effect ${worst.effect.toFixed(3)}).`
    : 'No column drifted.';
  return decayed ? `${drift} The reward rate fell since promotion (log E ${logDecay.toFixed(1)}).` : drift;
}
