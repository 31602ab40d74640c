import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { InvalidArgumentError, type Command } from 'commander';
import { NightjarError } from '../../contracts/errors.ts';
import { rollbackId } from '../../contracts/ids.ts';
import { ROUTE_STEP, type Routes } from '../../contracts/routes.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import type { rollback, RollbackInput } from '../../workflows/rollback.ts';
import { addCommand, type CommonOptions } from '../command.ts';
import { withTemporal } from '../connect.ts';
import { livingStack } from '../stack/record.ts';
import { duration } from '../table.ts';

interface RollbackOptions extends CommonOptions {
  to?: number;
  reason: string;
}

export function addRollback(program: Command): void {
  addCommand<RollbackOptions>(
    program,
    'rollback <model>',
    'send all traffic back to the last good version',
    (command) =>
      command
        .option('--to <version>', 'a version other than the last good one', version)
        .option('--reason <text>', 'why, for whoever asks later', 'no reason given'),
    (folder, { to, reason }, model) =>
      withTemporal(folder, async (client) => {
        const asked = performance.now();
        const input: RollbackInput = { model: model, by: userInfo().username, reason, ...(to !== undefined && { to }) };
        const handle = await client.workflow.start<typeof rollback>('rollback', {
          taskQueue: TASK_QUEUES.orchestrator,
          workflowId: rollbackId(model),
          workflowIdConflictPolicy: 'USE_EXISTING', // asked twice in a hurry, it is done once …
          memo: { to: to ?? null },
          staticSummary: `rollback ${model}: ${reason}`,
          args: [input],
        });
        // … but who asked for another version must not be told that theirs serves.
        const runs = (await handle.describe()).memo?.to ?? null;
        if (runs !== (to ?? null))
          throw new NightjarError('RollbackRuns', `${model}: to ${runs === null ? 'the last good version' : `version ${String(runs)}`}.`);
        const over = new AbortController();
        const gateway = livingStack(folder)?.urls.gateway;
        const back = gateway
          ? whenTrafficIsBack(`${gateway}/v1/models/${model}`, `${handle.workflowId}/${handle.firstExecutionRunId}`, asked, over.signal)
          : Promise.resolve(null);
        try {
          const result = await handle.result();
          const milliseconds = await Promise.race([back, sleep(GIVE_UP_MS, null, { ref: false })]);
          const measured =
            milliseconds === null ? 'The gateway was not asked whether it follows.' : `The gateway serves it ${duration(milliseconds)} after the command.`;
          return {
            json: { ...result, trafficBackSeconds: milliseconds === null ? null : milliseconds / 1000 },
            text: `${result.reason} ${measured}`,
            next: `\`npx nightjar show ${model}\``,
          };
        } finally {
          over.abort();
        }
      }),
  );
}

const LOOK_EVERY_MS = 50;
const GIVE_UP_MS = 10_000;

/** Milliseconds from `asked` until the gateway itself reports the traffic that this rollback wanted; it does so before the workflow has ended. */
async function whenTrafficIsBack(page: string, owner: string, asked: number, signal: AbortSignal): Promise<number | null> {
  while (!signal.aborted) {
    const now = await routes(page);
    if (now && now.owner === owner && now.step === ROUTE_STEP.back) return performance.now() - asked;
    await sleep(LOOK_EVERY_MS);
  }
  return null;
}

async function routes(page: string): Promise<Routes | null> {
  const answer = await fetch(page, { signal: AbortSignal.timeout(2000) }).catch(() => null);
  return answer?.ok ? ((await answer.json()) as { routes: Routes | null }).routes : null;
}

function version(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a version is a number.');
  return Number(text);
}
