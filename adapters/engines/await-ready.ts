import { setTimeout as sleep } from 'node:timers/promises';
import { NightjarError } from '../../contracts/errors.ts';
import type { Running } from './processes.ts';

/** Repeats `ready` until it is true. Throws EngineFailed with the last lines of the log when the process ends first or the time is over. */
export async function awaitReady(what: string, running: Running, ready: () => Promise<boolean> | boolean, seconds: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    if (running.hasExited()) throw new NightjarError('EngineFailed', `${what} ended at start: ${lastLines(running)}`);
    if (await ready()) return;
    if (Date.now() > until) throw new NightjarError('EngineFailed', `${what} was not ready within ${seconds} s: ${lastLines(running)}`);
    await sleep(50);
  }
}

const lastLines = (running: Running): string => `${running.log}: ${running.output().trimEnd().split('\n').slice(-3).join(' | ').slice(-400)}.`;
