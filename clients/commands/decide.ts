import { userInfo } from 'node:os';
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client } from '@temporalio/client';
import type { Command } from 'commander';
import { NightjarError } from '../../contracts/errors.ts';
import { retrainId } from '../../contracts/ids.ts';
import { MESSAGES, type Decision } from '../../contracts/messages.ts';
import { addCommand, type CommonOptions } from '../command.ts';
import { withTemporal } from '../connect.ts';
import { waitingRun } from '../live-run.ts';
import { shortDigest } from '../table.ts';

interface DecideOptions extends CommonOptions {
  reason?: string;
}

export function addDecisions(program: Command): void {
  addDecision(program, 'approve', 'let the version that waits go on', true);
  addDecision(program, 'refuse', 'end the run whose version waits', false);
}

function addDecision(program: Command, name: string, description: string, approve: boolean): void {
  addCommand<DecideOptions>(
    program,
    `${name} <model>`,
    description,
    (command) => command.option('--reason <text>', 'why, for whoever asks later'),
    (folder, { reason }, model) =>
      withTemporal(folder, async (client) => {
        const { version, digest } = await waitingRun(client, model);
        const decided = await decide(client, model, { approve, digest: digest!, by: userInfo().username, ...(reason && { reason }) });
        return {
          json: { model, version, digest, decision: decided },
          text: `${decided} ${model}@${version} (${shortDigest(digest!)}).`,
          next: approve ? '`npx nightjar status` shows the rollout' : `\`npx nightjar runs ${model}\``,
        };
      }),
  );
}

/** An Update is taken by a worker; without one it would be waited for without end. */
const DECIDE_MS = 10_000;

/** Sends the decision, bound to the digest that was seen. Throws DecisionRefused, NotRunning. */
export async function decide(client: Client, model: string, decision: Decision): Promise<string> {
  const handle = client.workflow.getHandle(retrainId(model));
  try {
    return await client.withDeadline(Date.now() + DECIDE_MS, () => handle.executeUpdate<string, [Decision]>(MESSAGES.decide, { args: [decision] }));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw new NightjarError('DecisionRefused', error.cause?.message ?? error.message, { cause: error });
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
      throw new NightjarError('NotRunning', `No orchestrator worker took the decision within ${DECIDE_MS / 1000} s; it may still be taken later.`, {
        cause: error,
      });
    throw error;
  }
}
