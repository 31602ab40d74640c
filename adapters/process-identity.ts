import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from boot to its start, `/proc/<pid>/stat` field 22; null where there is no /proc. */
  startTime: string | null;
}

/**
 * Identity of a running process, null when it does not run. A zombie does not run, but for one whose other threads are still ending: the last
 * of them gives back the ports, at which whoever starts it again wants to listen.
 */
export function identityOf(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ended = fields[0] === 'X' || (fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1);
    return ended ? null : { pid, startTime: fields[19]! };
  } catch {
    return answersSignals(pid) ? { pid, startTime: null } : null;
  }
}

export const ownIdentity = (): ProcessIdentity => identityOf(process.pid)!;

/** Whether exactly this process still runs. */
export function runs(identity: ProcessIdentity): boolean {
  const found = identityOf(identity.pid);
  return found !== null && found.startTime === identity.startTime;
}

/** Only where there is no /proc: there a missing stat file says nothing. */
function answersSignals(pid: number): boolean {
  if (process.platform === 'linux') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
