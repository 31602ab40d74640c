import {
  isCancellation,
  makeContinueAsNewFunc,
  defineQuery,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { MonitorObservation } from '../contracts/activities.ts';
import { monitorId, retrainId } from '../contracts/ids.ts';
import { MESSAGES } from '../contracts/messages.ts';
import type { Policy } from '../contracts/policy.ts';
import type { RunPlan } from '../contracts/runs.ts';
import { ModelName } from '../contracts/search-attributes.ts';
import type { Trigger } from '../contracts/stages.ts';
import { emptyMonitorState, nextMonitorState, type MonitorState } from '../domain/monitor.ts';
import { rootMessage } from './failures.ts';
import { deploy, long, quick } from './proxies.ts';
import type { retrain } from './retrain.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, monitor);

export interface MonitorInput {
  model: string;
  /** Carried through continue-as-new. */
  state?: MonitorState;
  since?: string | null;
  window?: number;
  /** Promotion whose soak is over: the server of the version before is stopped. */
  endedSoak?: string | null;
}

export interface MonitorStatus {
  model: string;
  window: number;
  state: MonitorState;
  last: MonitorObservation | null;
  note: string;
}

export const monitorStatusQuery = defineQuery<MonitorStatus>(MESSAGES.status);

/** Windows per run, two days of them: a history of some hundred events; then it starts anew, on the newest code. */
const WINDOWS_PER_RUN = 48;

/** One per model, for as long as the model lives: watches the champion, asks for a retrain by drift or decay, ends the soak of the version before. */
export async function monitor(input: MonitorInput): Promise<never> {
  const { model } = input;
  const seen: MonitorStatus = { model, window: input.window ?? 0, state: input.state ?? emptyMonitorState(), last: null, note: 'Started.' };
  let since = input.since ?? null;
  let endedSoak = input.endedSoak ?? null;
  setHandler(monitorStatusQuery, () => seen);
  upsertSearchAttributes([{ key: ModelName, value: model }]);

  for (let windows = 0; windows < WINDOWS_PER_RUN && !isTimeToMoveOn(); windows++) {
    try {
      // Read anew with each window: a definition may change while this workflow lives on.
      const { policy }: RunPlan = await quick('read the policy').planRun({ model, trigger: 'drift' });
      await sleep(policy.monitor.everySeconds * 1000, { summary: `next window of ${model}` });
      await look(policy);
    } catch (error) {
      if (isCancellation(error)) throw error;
      // One window that cannot be looked at, say a definition that does not load today, must not end the watch.
      seen.note = `This window could not be looked at: ${rootMessage(error)}`;
      setCurrentDetails(`**${model}**: ${seen.note}`);
      await sleep('10 minutes', { summary: 'try again' });
    }
  }
  return moveOn({ model, state: seen.state, since, window: seen.window, endedSoak });

  async function look(policy: Policy): Promise<void> {
    const observed = await long(`look at window ${seen.window} of ${model}`).observe({ model, policy: policy.monitor, since });
    const { state, request, reason } = nextMonitorState(seen.state, observed, policy.monitor, Date.now());
    Object.assign(seen, { state, last: observed, note: reason, window: seen.window + 1 });
    since = observed.until;
    setCurrentDetails(`**${model}**, window ${seen.window}: ${reason}`);

    if (request) seen.note = await askForRetrain(model, request, reason);
    if (soakIsOver(observed, policy.rollout.soakSeconds) && observed.promotedAt !== endedSoak) {
      await deploy(`the soak of ${model}@${observed.champion} is over`).retireServers({ model, versions: [observed.lastGood!] });
      endedSoak = observed.promotedAt;
    }
  }
}

/** A long history, or newer code: the monitor lives for years and moves to the code that new runs take. */
const isTimeToMoveOn = (): boolean => workflowInfo().continueAsNewSuggested || workflowInfo().targetWorkerDeploymentVersionChanged;

/** Pinned runs inherit their build when they continue as new, unless told otherwise. */
const moveOn = (input: MonitorInput): Promise<never> => makeContinueAsNewFunc<typeof monitor>({ initialVersioningBehavior: 'AUTO_UPGRADE' })(input);

/** Starts the watch over a model unless it is there. */
export async function startMonitor(model: string): Promise<void> {
  await unlessRunning(() =>
    startChild(monitor, {
      workflowId: monitorId(model),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [{ model }],
      staticSummary: `watches the champion of ${model}`,
    }),
  );
}

async function askForRetrain(model: string, trigger: Trigger, reason: string): Promise<string> {
  const started = await unlessRunning(() =>
    startChild<typeof retrain>('retrain', {
      workflowId: retrainId(model),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [{ model, trigger }],
      staticSummary: reason,
    }),
  );
  return started ? `Asked for a retrain: ${reason}` : `A retrain is running already: ${reason}`;
}

async function unlessRunning(start: () => Promise<unknown>): Promise<boolean> {
  try {
    await start();
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

const soakIsOver = (observed: MonitorObservation, soakSeconds: number): boolean =>
  observed.lastGood !== null && observed.promotedAt !== null && Date.now() - Date.parse(observed.promotedAt) >= soakSeconds * 1000;
