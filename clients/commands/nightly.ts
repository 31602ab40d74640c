import { InvalidArgumentError, type Command } from 'commander';
import { nightlyId } from '../../contracts/ids.ts';
import { QUIET_OUTCOMES } from '../../contracts/stages.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import type { nightly } from '../../workflows/nightly.ts';
import { addCommand, type Answer, type CommonOptions } from '../command.ts';
import { withTemporal } from '../connect.ts';
import { followRun } from '../follow-run.ts';

interface NightlyOptions extends CommonOptions {
  wait?: boolean;
  seed?: number;
}

export function addNightly(program: Command): void {
  addCommand<NightlyOptions>(
    program,
    'nightly <model>',
    'retrain a model now, as its schedule would',
    (command) =>
      command
        .option('--wait', 'show the stages and wait for the end; exit code 0 for promoted and unchanged, 2 for any other outcome')
        .option('--seed <number>', 'seed of initialisers, shuffles and bootstraps', seedOf),
    (folder, { wait, seed }, model) =>
      withTemporal(folder, async (client) => {
        const handle = await client.workflow.start<typeof nightly>('nightly', {
          taskQueue: TASK_QUEUES.orchestrator,
          workflowId: `${nightlyId(model)}/manual-${new Date().toISOString()}`,
          staticSummary: `nightly ${model} (manual)`,
          args: [{ model: model, trigger: 'manual', ...(seed !== undefined && { seed }) }],
        });
        if (!wait) return started(model, handle.workflowId);
        return ended(await followRun(client, model, handle.result()));
      }),
  );
}

const started = (model: string, workflowId: string): Answer => ({
  json: { model, workflowId, started: true },
  text: `Started ${workflowId}.`,
  next: '`npx nightjar status` shows where it is',
});

function ended(result: Awaited<ReturnType<typeof nightly>>): Answer {
  const { model, outcome, reason, version } = result;
  const quiet = QUIET_OUTCOMES.includes(outcome);
  return {
    json: result,
    text: `${model}: ${outcome}${version === null ? '' : `, version ${version}`}. ${reason}`,
    next: version === null ? `\`npx nightjar runs ${model}\`` : `\`npx nightjar report ${model} ${version}\``,
    exitCode: quiet ? 0 : 2,
  };
}

function seedOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a seed is a whole number.');
  return Number(text);
}
