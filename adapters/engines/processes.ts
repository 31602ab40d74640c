import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, runs, type ProcessIdentity } from '../process-identity.ts';

export interface Running {
  identity: ProcessIdentity;
  /** Settles when the process has ended. */
  exited: Promise<number | null>;
  hasExited: () => boolean;
  startedAt: string;
  log: string;
  /** What this process printed so far. */
  output: () => string;
}

export interface Launch {
  program: string;
  parameters: string[];
  environment: NodeJS.ProcessEnv;
  /** What it prints is appended here. */
  log: string;
}

/**
 * Starts a program in a session of its own, so that Ctrl-C in a terminal reaches only its supervisor, which ends things in order.
 * It writes straight into the log file: a pipe would break when the supervisor dies.
 */
export function launch({ program, parameters, environment, log }: Launch): Running {
  mkdirSync(dirname(log), { recursive: true });
  const file = openSync(log, 'a');
  const before = statSync(log).size;
  const child = spawn(program, parameters, { env: environment, stdio: ['ignore', file, file], detached: true });
  closeSync(file);
  let over = false;
  const exited = new Promise<number | null>((resolve) => {
    const end = (code: number | null) => {
      over = true;
      resolve(code);
    };
    child.once('exit', end);
    child.once('error', () => end(null));
  });
  const identity = (child.pid !== undefined && identityOf(child.pid)) || { pid: 0, startTime: null }; // 0: ended already
  return {
    identity,
    startedAt: new Date().toISOString(),
    exited,
    hasExited: () => over,
    log,
    output: () => readFileSync(log).subarray(before).toString('utf8'),
  };
}

/** Asks a process to end and waits; after `graceMilliseconds` it is killed. */
export async function end(identity: ProcessIdentity, graceMilliseconds: number): Promise<void> {
  if (!signal(identity, 'SIGTERM')) return;
  if (await gone(identity, graceMilliseconds)) return;
  signal(identity, 'SIGKILL');
  await gone(identity, 10_000);
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!runs(identity)) return false;
  try {
    return process.kill(identity.pid, name);
  } catch {
    return false; // ended between looking and asking
  }
}

async function gone(identity: ProcessIdentity, milliseconds: number): Promise<boolean> {
  const until = Date.now() + milliseconds;
  while (runs(identity)) {
    if (Date.now() > until) return false;
    await sleep(25);
  }
  return true;
}

/** Processes of this user whose environment carries `variable=value`, whoever started them. */
export function processesWith(variable: string, value: string): (ProcessIdentity & { command: string })[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
        const identity = environment.includes(`${variable}=${value}`) && identityOf(Number(name));
        return identity ? [{ ...identity, command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }] : [];
      } catch {
        return []; // another user's, or ended meanwhile
      }
    });
}
