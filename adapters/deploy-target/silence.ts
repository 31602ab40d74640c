/** How long a server that has answered may stay silent. */
export const SILENT_MILLISECONDS = 10_000;
/** Fewer may fail because the one who asks was busy or asleep itself. */
const UNANSWERED_PROBES = 3;

/** Notices processes that live and do not answer. What it knows of a server begins afresh with each answer and each new process. */
export interface Silence {
  /** It answered. */
  broken(server: string, pid: number): void;
  /** It did not answer again; true when that has lasted too long. Who has not answered yet has `startMilliseconds` for it. */
  lasts(server: string, pid: number, now: number, startMilliseconds: number): boolean;
}

/** Tells from unanswered probes which server hangs; the clock is the caller's. */
export function silence(): Silence {
  const known = new Map<string, { pid: number; answered: boolean; since: number | null; probes: number }>();
  const of = (server: string, pid: number) => {
    const before = known.get(server);
    return before?.pid === pid ? before : { pid, answered: false, since: null, probes: 0 };
  };
  return {
    broken: (server, pid) => void known.set(server, { pid, answered: true, since: null, probes: 0 }),
    lasts(server, pid, now, startMilliseconds) {
      const before = of(server, pid);
      const one = { ...before, since: before.since ?? now, probes: before.probes + 1 };
      known.set(server, one);
      return one.probes >= UNANSWERED_PROBES && now - one.since >= (one.answered ? SILENT_MILLISECONDS : startMilliseconds);
    },
  };
}
