import { setTimeout as sleep } from 'node:timers/promises';
import { NightjarError } from '../../contracts/errors.ts';
import { end, launch, type Launch, type Running } from './processes.ts';

export interface ReadyLaunch extends Launch {
  /** Its name for a person. */
  what: string;
  /** Asked again and again; what it throws ends the start. */
  ready: (running: Running) => Promise<boolean> | boolean;
  withinSeconds: number;
}

/**
 * Starts a program and waits until it is ready. One that is not is ended again.
 * Throws EngineFailed with its last lines when it ends by itself first or the time is over.
 */
export async function launchReady({ what, ready, withinSeconds, ...input }: ReadyLaunch): Promise<Running> {
  const running = launch(input);
  try {
    await awaitReady(what, running, ready, withinSeconds);
    return running;
  } catch (error) {
    await end(running.identity, 0);
    throw error;
  }
}

async function awaitReady(what: string, running: Running, ready: ReadyLaunch['ready'], seconds: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    if (running.hasExited()) throw new NightjarError('EngineFailed', `${what} ended at start. ${lastLines(running)}`);
    if (await ready(running)) return;
    if (Date.now() > until) throw new NightjarError('EngineFailed', `${what} was not ready within ${seconds} s. ${lastLines(running)}`);
    await sleep(50);
  }
}

/** What it said about an error, else its last words. */
function lastLines(running: Running): string {
  const lines = running.output().trimEnd().split('\n');
  const said = lines.filter((line) => /error/i.test(line)).slice(0, 2);
  return `${running.log}: ${(said.length > 0 ? said : lines.slice(-2)).join(' | ').slice(0, 400)}.`;
}
