import { readFileSync } from 'node:fs';

/** A process of this machine that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks from boot to its start, `/proc/<pid>/stat` field 22; null where there is no /proc. */
  startTime: string | null;
}

/** Identity of a running process, null when it does not run. A zombie does not run. */
export function identityOf(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : { pid, startTime: fields[19]! };
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
