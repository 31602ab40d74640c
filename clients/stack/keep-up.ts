import { setTimeout as sleep } from 'node:timers/promises';
import { end, type Running } from '../../adapters/engines/processes.ts';

export interface KeptUp {
  name: string;
  running: () => Running;
  restarts: () => number;
  /** Ends it, and does not start it again; after `graceMilliseconds` it is killed. */
  stop: (graceMilliseconds: number) => Promise<void>;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** What ran this long has recovered: the next pause is a short one again. */
const STEADY_MS = 60_000;

/**
 * Starts something and starts it again whenever it ends, with growing pauses.
 * The first start must succeed: what it throws is thrown. Later ones are repeated until `stop`.
 */
export async function keepUp(name: string, start: () => Promise<Running>, report: (line: string) => void, changed: () => void): Promise<KeptUp> {
  const stopping = new AbortController();
  let running = await start();
  let restarts = 0;

  const watch = async () => {
    let pause = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      const since = Date.now();
      const code = await running.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - since > STEADY_MS) pause = FIRST_PAUSE_MS;
      report(`${name} ended (${code ?? 'killed'}); starting it again. Its log: ${running.log}`);
      pause = await startAgain(pause);
    }
  };
  const startAgain = async (firstPause: number): Promise<number> => {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return pause;
      try {
        running = await start();
        restarts += 1;
        changed();
        return Math.min(pause * 2, LONGEST_PAUSE_MS);
      } catch (error) {
        report((error as Error).message);
      }
    }
  };
  const watching = watch();

  return {
    name,
    running: () => running,
    restarts: () => restarts,
    stop: async (graceMilliseconds) => {
      stopping.abort();
      await end(running.identity, graceMilliseconds);
      await watching;
      await end(running.identity, graceMilliseconds); // a start that was under way when stop was called
    },
  };
}
