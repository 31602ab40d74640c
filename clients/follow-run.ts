import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { RunStatus } from '../contracts/messages.ts';
import { STAGES } from '../contracts/stages.ts';
import { bar, liveLine } from './live-line.ts';
import { liveRun } from './live-run.ts';
import { figure } from './table.ts';

const LOOK_EVERY_MS = 1000;

/** Shows where the open retrain of a model is, on one live line, until `result` settles; gives that back. */
export async function followRun<T>(client: Client, model: string, result: Promise<T>): Promise<T> {
  const line = liveLine();
  const over = new AbortController();
  const end = () => over.abort();
  result.then(end, end);
  try {
    while (!over.signal.aborted) {
      const status = await liveRun(client, model).catch(() => null); // a restart of the server is no reason to stop looking
      if (status) line.show(status.stage, describeRun(status));
      await sleep(LOOK_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  } finally {
    line.done();
  }
  return result;
}

/** `train 2/7 [####····] 50 % …` */
export function describeRun(status: RunStatus): string {
  const place = `${status.model}: ${status.stage} ${STAGES.indexOf(status.stage) + 1}/${STAGES.length}`;
  if (status.waitsFor) return `${place} · waits for a person: npx nightjar approve ${status.model}, or refuse`;
  if (status.progress) return `${place} ${describeTraining(status.progress)}`;
  if (status.stage === 'rollout') return `${place} · version ${status.version} serves ${status.percent} % of the traffic`;
  return status.note ? `${place} · ${status.note}` : place;
}

const describeTraining = ({ step, totalSteps, epoch, loss, examplesPerSecond, backend }: NonNullable<RunStatus['progress']>): string =>
  `${bar(step, totalSteps)} step ${step}/${totalSteps} epoch ${epoch} loss ${figure(loss)} ${figure(examplesPerSecond)} examples/s on ${backend}`;
