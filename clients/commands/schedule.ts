import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import type { Command } from 'commander';
import { NightjarError } from '../../contracts/errors.ts';
import { nightlyId, scheduleId } from '../../contracts/ids.ts';
import type { RetrainInput } from '../../contracts/runs.ts';
import { ModelName } from '../../contracts/search-attributes.ts';
import { TASK_QUEUES } from '../../contracts/task-queues.ts';
import { addCommand, type Answer, type CommonOptions } from '../command.ts';
import { withTemporal } from '../connect.ts';
import { table } from '../table.ts';

interface ScheduleCliOptions extends CommonOptions {
  cron?: string;
  timezone: string;
  pause?: boolean;
  resume?: boolean;
  delete?: boolean;
  list?: boolean;
}

export function addSchedule(program: Command): void {
  addCommand<ScheduleCliOptions>(
    program,
    'schedule [model]',
    "a model's nightly retrain: set it, pause it, list all",
    (command) =>
      command
        .option('--cron <expression>', "when, e.g. '0 2 * * *'")
        .option('--timezone <name>', 'of the cron expression', 'UTC')
        .option('--pause', 'start no further nights')
        .option('--resume', 'start nights again')
        .option('--delete', 'forget the schedule')
        .option('--list', 'all schedules'),
    (folder, options, model) =>
      withTemporal(folder, (client) => {
        if (options.list || !model) return list(client);
        if (options.cron) return set(client, model, options.cron, options.timezone);
        if (options.pause || options.resume || options.delete) return change(client, model, options);
        return list(client, model);
      }),
  );
}

/** A missed night is made up for within six hours and no later; two nights never run at once; how a night ends never pauses the schedule. */
const scheduleOf = (model: string, cron: string, timezone: string): ScheduleOptions => ({
  scheduleId: scheduleId(model),
  // The server keeps calendars, not cron expressions; it keeps the comment after the # as it is, for `--list`.
  spec: { cronExpressions: [`${cron} # ${cron}`], timezone },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '6 hours', pauseOnFailure: false },
  action: {
    type: 'startWorkflow',
    workflowType: 'nightly',
    workflowId: nightlyId(model),
    taskQueue: TASK_QUEUES.orchestrator,
    args: [{ model, trigger: 'schedule' } satisfies RetrainInput],
    staticSummary: `nightly ${model} (${cron} ${timezone})`,
  },
  typedSearchAttributes: [{ key: ModelName, value: model }],
});

async function set(client: Client, model: string, cron: string, timezone: string): Promise<Answer> {
  const wanted = scheduleOf(model, cron, timezone);
  const handle = client.schedule.getHandle(wanted.scheduleId);
  const action = { ...wanted.action, workflowType: 'nightly' };
  try {
    if (!(await create(client, wanted))) await handle.update(({ state }) => ({ spec: wanted.spec, policies: wanted.policies, action, state }));
  } catch (error) {
    throw asInvalid(error, cron, timezone);
  }
  const { info } = await handle.describe();
  const next = info.nextActionTimes[0]?.toISOString() ?? null;
  return {
    json: { model, cron, timezone, next },
    text: `${model} is retrained at '${cron}' (${timezone}); the next night starts ${next ?? 'never'}.`,
    next: '`npx nightjar schedule --list`',
  };
}

/** False when the model has a schedule already; a paused one stays paused. */
async function create(client: Client, wanted: ScheduleOptions): Promise<boolean> {
  try {
    await client.schedule.create(wanted);
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

/** The SDK throws a TypeError for what the server calls an invalid argument. */
const asInvalid = (error: unknown, cron: string, timezone: string): unknown =>
  error instanceof TypeError ? new NightjarError('InvalidSchedule', `'${cron}' in '${timezone}': ${error.message}.`, { cause: error }) : error;

async function change(client: Client, model: string, { pause, resume }: ScheduleCliOptions): Promise<Answer> {
  const handle = client.schedule.getHandle(scheduleId(model));
  const [verb, act] = pause
    ? (['paused', () => handle.pause('nightjar schedule --pause')] as const)
    : resume
      ? (['resumed', () => handle.unpause('nightjar schedule --resume')] as const)
      : (['deleted', () => handle.delete()] as const);
  await act().catch((error: unknown) => {
    throw error instanceof ScheduleNotFoundError ? new NightjarError('NoSchedule', `${model}.`) : error;
  });
  return { json: { model, [verb]: true }, text: `The schedule of ${model} is ${verb}.`, next: '`npx nightjar schedule --list`' };
}

async function list(client: Client, only?: string): Promise<Answer> {
  const found = [];
  for await (const { scheduleId: id, spec, state, info } of client.schedule.list()) {
    const model = /^nightly\/(.+)$/.exec(id)?.[1];
    if (!model || (only && only !== model)) continue;
    found.push({
      model,
      cron: spec?.calendars?.[0]?.comment?.trim() ?? null,
      timezone: spec?.timezone ?? 'UTC',
      paused: state.paused,
      next: info?.nextActionTimes?.[0]?.toISOString() ?? null,
      last: info?.recentActions?.at(-1)?.takenAt.toISOString() ?? null,
    });
  }
  return {
    json: found,
    text:
      found.length > 0
        ? table(
            ['model', 'cron', 'timezone', 'state', 'next', 'last'],
            found.map((each) => [each.model, each.cron, each.timezone, each.paused ? 'paused' : 'on', each.next, each.last]),
          )
        : 'No schedules.',
    next: `\`npx nightjar schedule ${only ?? '<model>'} --cron '0 2 * * *'\``,
  };
}
