import { readFileSync, unlinkSync } from 'node:fs';

/** What a test has planned: `NIGHTJAR_CRASH_PLAN` names the file, which every process of a stack reads. */
export interface CrashPlan {
  /** Name of the point. */
  at: string;
  /** At which time that a process reaches it, from 1. */
  times?: number;
  /** Process ids to kill; left out: the process that reaches the point. */
  kill?: number[];
}

/**
 * Dies on the spot, as by SIGKILL, where a test wants it: to prove that every point may be the last thing a process does. Without the
 * variables this is nothing. `NIGHTJAR_CRASH_AT=name`, or `name:3` for the third time, kills this process. `NIGHTJAR_CRASH_PLAN=<file>` is
 * for a whole stack, which starts again what died: whoever reaches the point takes the file away, so that nobody dies there twice.
 */
export function crashPoint(name: string): void {
  const { NIGHTJAR_CRASH_AT: own, NIGHTJAR_CRASH_PLAN: shared } = process.env;
  if (own) {
    const [at, times = '1'] = own.split(':');
    if (at === name && isTime(name, Number(times))) process.kill(process.pid, 'SIGKILL');
  } else if (shared) {
    const plan = read(shared);
    if (plan?.at === name && isTime(name, plan.times ?? 1) && taken(shared)) for (const pid of plan.kill ?? [process.pid]) process.kill(pid, 'SIGKILL');
  }
}

const reached = new Map<string, number>();

function isTime(name: string, times: number): boolean {
  const seen = (reached.get(name) ?? 0) + 1;
  reached.set(name, seen % times);
  return seen === times;
}

function read(file: string): CrashPlan | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CrashPlan;
  } catch {
    return null; // nothing is planned now
  }
}

/** Of several processes at the same point one carries the plan out. */
function taken(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch {
    return false;
  }
}
