import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { FAILURES, failureType, NightjarError } from '../../contracts/errors.ts';
import type { RunStatus } from '../../contracts/messages.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { addCommand } from '../command.ts';
import { storeOf, withTemporal } from '../connect.ts';
import { describeRun } from '../follow-run.ts';
import { liveRun } from '../live-run.ts';
import { aliasesOf, modelNames, routesOf, runsOf } from '../../adapters/registry.ts';
import { stackProcesses } from '../stack/leftovers.ts';
import type { StackFolder } from '../stack/folder.ts';
import { megabytesOf } from '../stack/memory.ts';
import { livingStack, type StackRecord } from '../stack/record.ts';
import { logOfServer } from '../stack/server-log.ts';
import { duration, table } from '../table.ts';

interface ModelStatus {
  model: string;
  champion: number | null;
  challenger: number | null;
  percent: number;
  run: RunStatus | null;
  /** A run is open, and no worker says where it is. */
  unanswered: boolean;
  lastOutcome: string | null;
}

interface ProcessStatus {
  name: string;
  pid: number;
  megabytes: number | null;
  upSeconds: number | null;
  restarts: number | null;
  log: string | null;
}

export function addStatus(program: Command): void {
  addCommand(
    program,
    'status',
    'what runs, what waits for whom, how far a training is',
    (command) => command,
    async (folder) => {
      const stack = livingStack(folder);
      if (!stack && !process.env.TEMPORAL_ADDRESS) throw new NightjarError('NotRunning', `Folder: ${folder.root}.`);
      const store = storeOf(folder);
      const models = await withTemporal(folder, async (client) =>
        Promise.all((await knownModels(client, store)).map((model) => modelStatus(client, store, model))),
      );
      const processes = stack ? processesOf(folder, stack) : [];
      const urls = stack?.urls ?? null;
      const waiting = models.find(({ run }) => run?.waitsFor);
      return {
        json: { up: true, state: stack?.state ?? 'external', urls, processes, models },
        text: [describeModels(models), ...(stack ? [describeProcesses(processes), describeUrls(stack)] : [])].join('\n\n'),
        next: waiting
          ? `\`npx nightjar approve ${waiting.model}\` or \`npx nightjar refuse ${waiting.model}\``
          : '`npx nightjar runs`, or `npx nightjar nightly <model> --wait`',
      };
    },
  );
}

/** Models that left something in the store, and those whose first run is under way. */
async function knownModels(client: Client, store: ObjectStore): Promise<string[]> {
  const names = new Set(await modelNames(store));
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = 'retrain' AND ExecutionStatus = 'Running'` }))
    names.add(workflowId.slice('retrain/'.length));
  return [...names].sort();
}

async function modelStatus(client: Client, store: ObjectStore, model: string): Promise<ModelStatus> {
  let unanswered = false;
  const live = liveRun(client, model).catch((error: unknown) => {
    if (failureType(error) !== 'RunUnanswered') throw error;
    unanswered = true;
    return null;
  });
  const [run, aliases, routes, runs] = await Promise.all([live, aliasesOf(store, model), routesOf(store, model), runsOf(store, model)]);
  return {
    model,
    champion: aliases?.champion ?? null,
    challenger: routes?.challenger?.version ?? null,
    percent: routes?.percent ?? 0,
    run,
    unanswered,
    lastOutcome: runs[0]?.outcome ?? null,
  };
}

/** What the supervisor started, and the model servers and trainers that its workers started. */
function processesOf(folder: StackFolder, stack: StackRecord): ProcessStatus[] {
  const own = [{ name: 'supervisor', pid: stack.pid, startedAt: stack.startedAt, restarts: null, log: null }, ...stack.processes];
  const others = stackProcesses(folder).filter(({ pid }) => !own.some((each) => each.pid === pid));
  return [
    ...own.map(({ name, pid, startedAt, restarts, log }) => ({
      name,
      pid,
      megabytes: megabytesOf(pid),
      upSeconds: Math.round((Date.now() - Date.parse(startedAt)) / 1000),
      restarts,
      log,
    })),
    ...others.map(({ pid, command }) => ({
      name: /([\w-]+?)(-main)?\.js\b/.exec(command)?.[1] ?? command.slice(0, 24),
      pid,
      megabytes: megabytesOf(pid),
      upSeconds: null,
      restarts: null,
      log: logOfServer(folder.root, command),
    })),
  ];
}

function describeModels(models: ModelStatus[]): string {
  if (models.length === 0) return 'No model has run yet.';
  const rows = models.map(({ model, champion, challenger, percent, lastOutcome }) => [model, champion, challenger, `${percent} %`, lastOutcome]);
  const runs = models.flatMap(({ model, run, unanswered }) => (run ? [describeRun(run)] : unanswered ? [`${model}: ${FAILURES.RunUnanswered.what}`] : []));
  return [table(['model', 'champion', 'challenger', 'its traffic', 'last run'], rows), ...(runs.length > 0 ? ['', ...runs] : [])].join('\n');
}

const describeProcesses = (processes: ProcessStatus[]): string => {
  const total = processes.reduce((sum, { megabytes }) => sum + (megabytes ?? 0), 0);
  const rows = processes.map(({ name, pid, megabytes, upSeconds, restarts, log }) => [
    name,
    pid,
    megabytes,
    upSeconds === null ? null : duration(upSeconds * 1000),
    restarts,
    log,
  ]);
  return `${table(['process', 'pid', 'MB', 'up', 'restarts', 'log'], rows)}\n${total} MB together`;
};

const describeUrls = ({ urls }: StackRecord): string =>
  [`Temporal UI  ${urls.temporalUi ?? 'as configured'}`, `gateway      ${urls.gateway}`, `S3           ${urls.s3}`].join('\n');
