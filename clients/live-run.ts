import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { NightjarError } from '../contracts/errors.ts';
import { retrainId, rolloutId } from '../contracts/ids.ts';
import { MESSAGES, type LookProgress, type RolloutStatus, type RunStatus, type TrainingProgress } from '../contracts/messages.ts';

/** How long a query may take; it needs a worker. */
const QUERY_MS = 5000;

/** What an open retrain does now: its own word, the training's last heartbeat, and the share of its rollout. Null when none is open. Throws RunUnanswered. */
export async function liveRun(client: Client, model: string): Promise<RunStatus | null> {
  const handle = client.workflow.getHandle(retrainId(model));
  const described = await describe(handle);
  if (described?.status.name !== 'RUNNING') return null;
  const status = await ask<RunStatus>(client, handle);
  if (!status) throw new NightjarError('RunUnanswered', `${handle.workflowId}.`);
  const rollout =
    status.stage === 'rollout' && status.version !== null
      ? await ask<RolloutStatus>(client, client.workflow.getHandle(rolloutId(model, status.version)))
      : null;
  return { ...status, percent: rollout?.percent ?? status.percent, progress: status.stage === 'train' ? trainingProgress(described) : null };
}

/** The open retrain, which must exist. Throws NothingWaits and RunUnanswered. */
export async function waitingRun(client: Client, model: string): Promise<RunStatus> {
  const status = await liveRun(client, model);
  if (!status?.waitsFor) throw new NightjarError('NothingWaits', status ? `${model} is at the stage ${status.stage}.` : `No retrain of ${model} is open.`);
  return status;
}

type Description = Awaited<ReturnType<WorkflowHandle['describe']>>;

async function describe(handle: WorkflowHandle): Promise<Description | null> {
  try {
    return await handle.describe();
  } catch (error) {
    if ((error as Error).name === 'WorkflowNotFoundError') return null;
    throw error;
  }
}

/** The answer to the query `status`; null when no worker answers it in time. */
async function ask<Status>(client: Client, handle: WorkflowHandle): Promise<Status | null> {
  return client.withDeadline(Date.now() + QUERY_MS, () => handle.query<Status>(MESSAGES.status)).catch(() => null);
}

function trainingProgress(described: Description): TrainingProgress | null {
  return heartbeat<{ progress?: TrainingProgress }>(described, 'train')?.progress ?? null;
}

/** The judge's last look at a rollout under way; null before the first. */
export async function liveLook(client: Client, model: string, version: number): Promise<LookProgress | null> {
  const described = await describe(client.workflow.getHandle(rolloutId(model, version)));
  return (described && heartbeat<{ look?: LookProgress }>(described, 'watchRollout')?.look) ?? null;
}

/** What an activity under way last said of itself. */
function heartbeat<Details>({ raw }: Description, activity: string): Details | null {
  const payloads: Payload[] = (raw.pendingActivities ?? []).flatMap(({ activityType, heartbeatDetails }) =>
    activityType?.name === activity ? (heartbeatDetails?.payloads ?? []) : [],
  );
  return payloads[0] ? defaultPayloadConverter.fromPayload<Details>(payloads[0]) : null;
}
