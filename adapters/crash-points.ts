/**
 * Dies on the spot, as by SIGKILL, when NIGHTJAR_CRASH_AT names this point. Tests set it to prove that every point may be the last
 * thing a process does; without it this is nothing. `name:3` dies at the third time.
 */
export function crashPoint(name: string): void {
  const [wanted, times = '1'] = (process.env.NIGHTJAR_CRASH_AT ?? '').split(':');
  if (wanted !== name) return;
  const seen = (reached.get(name) ?? 0) + 1;
  reached.set(name, seen);
  if (seen === Number(times)) process.kill(process.pid, 'SIGKILL');
}

const reached = new Map<string, number>();
