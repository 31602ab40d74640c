import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, runs, type ProcessIdentity } from '../../adapters/process-identity.ts';
import { end } from '../../adapters/engines/processes.ts';
import { NightjarError } from '../../contracts/errors.ts';
import type { StackFolder } from './folder.ts';
import { endLeftovers, killAll, WORKER_GRACE_MS, ENGINE_GRACE_MS } from './leftovers.ts';
import type { WantedPorts } from './ports.ts';
import { claim, livingStack, release, type StackRecord } from './record.ts';
import { bringUp, type Stack } from './supervisor.ts';

type Report = (line: string) => void;
export type Held = { stack: Stack; already?: undefined } | { stack?: undefined; already: StackRecord };

/** Brings the stack of a folder up in this process, or finds it running elsewhere. */
export async function holdStack(folder: StackFolder, wanted: WantedPorts, report: Report): Promise<Held> {
  mkdirSync(folder.root, { recursive: true, mode: 0o700 });
  const owner = claim(folder);
  if (owner) return { already: await whenUp(folder, owner) };
  try {
    const stack = await bringUp(folder, wanted, report);
    return { stack: { ...stack, stop: () => stack.stop().finally(() => release(folder)) } };
  } catch (error) {
    release(folder);
    throw error;
  }
}

/** Settles when this process is told to end (Ctrl-C, SIGTERM, a closed terminal). Told twice, it kills everything at once. */
export function untilTold(folder: StackFolder, report: Report): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const onSignal = () => {
      if (told) {
        killAll(folder);
        process.exit(1);
      }
      told = true;
      report('stopping; what was going on goes on at the next start (once more to kill)');
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onSignal); // the terminal was closed: what is in sessions of its own would live on
  });
}

/** Starts a supervisor of its own for the folder and waits until the stack is up. `program` runs `up` in the foreground. */
export async function detach(folder: StackFolder, program: string[]): Promise<StackRecord> {
  mkdirSync(folder.logs, { recursive: true, mode: 0o700 });
  const log = `${folder.root}/supervisor.log`;
  const file = openSync(log, 'a');
  const child = spawn(process.execPath, program, { detached: true, stdio: ['ignore', file, file] });
  child.unref();
  const identity = child.pid === undefined ? null : identityOf(child.pid);
  if (!identity) throw new NightjarError('EngineFailed', `The supervisor: ${log}.`);
  return whenUp(folder, identity, () => lastLine(log));
}

async function whenUp(folder: StackFolder, supervisor: ProcessIdentity, lastWords = () => ''): Promise<StackRecord> {
  for (;;) {
    const record = livingStack(folder);
    if (record?.state === 'up') return record;
    if (!runs(supervisor)) throw new NightjarError('EngineFailed', `The supervisor ended: ${lastWords()} The logs are in ${folder.logs}.`);
    await sleep(50);
  }
}

const lastLine = (log: string): string => readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '';

/** Stops the stack of a folder and waits; also what a killed supervisor left. Returns whether there was anything. */
export async function bringDown(folder: StackFolder): Promise<boolean> {
  if (!existsSync(folder.root)) return false;
  const stack = livingStack(folder);
  if (stack) await end(stack, WORKER_GRACE_MS + ENGINE_GRACE_MS + 10_000);
  return (await endLeftovers(folder)) > 0 || stack !== null;
}
