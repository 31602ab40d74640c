import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { NightjarError } from '../../contracts/errors.ts';
import type { TrainerEnd, TrainerJob, TrainerLine } from './protocol.ts';

export interface TrainerProcess {
  /** How it ended. Rejects with TrainerDied when it died without saying so. */
  readonly end: Promise<TrainerEnd>;
  /** Asks it to checkpoint and end; kills its whole process group when it has not after the grace time. */
  stop(graceMilliseconds: number): void;
}

interface Listener {
  progress(line: Extract<TrainerLine, { kind: 'progress' }>): void;
  /** What it writes that is not of the protocol: warnings of libraries, stack traces. */
  said(text: string): void;
}

const STDERR_LINES_KEPT = 5;

/** Starts the trainer in its own process group, so that a kill takes its helpers along, with a pipe whose end it notices when we die. */
export function startTrainer(trainerPath: string, job: TrainerJob, listener: Listener): TrainerProcess {
  const child = spawn(process.execPath, [trainerPath], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {}); // it died before it read its job: `end` tells
  child.stdin.write(`${JSON.stringify(job)}\n`);
  const said: string[] = [];
  let last: TrainerEnd | null = null;
  const hear = (text: string) => {
    if (text.trim() === '') return;
    said.splice(0, Math.max(0, said.push(text) - STDERR_LINES_KEPT));
    listener.said(text);
  };
  createInterface({ input: child.stderr }).on('line', hear);
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parse(text);
    if (!line) hear(text);
    else if (line.kind === 'progress') listener.progress(line);
    else last = line;
  });

  const end = new Promise<TrainerEnd>((resolve, reject) => {
    child.once('error', (error) => reject(new NightjarError('TrainerDied', error.message)));
    child.once('close', (code, signal) => {
      if (last) resolve(last);
      else reject(new NightjarError('TrainerDied', `${signal ? `Signal ${signal}` : `Exit code ${code}`}${said.length ? `: ${said.join(' | ')}` : '.'}`));
    });
  });
  end.catch(() => {}); // whoever awaits it later gets it
  return { end, stop: (graceMilliseconds) => stop(child, end, graceMilliseconds) };
}

function stop(child: ChildProcess, end: Promise<unknown>, graceMilliseconds: number): void {
  child.kill('SIGTERM');
  const timer = setTimeout(() => killGroup(child), graceMilliseconds);
  void end.finally(() => clearTimeout(timer)).catch(() => {});
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function parse(text: string): TrainerLine | null {
  try {
    const line = JSON.parse(text) as TrainerLine | null;
    return line && typeof line === 'object' && 'kind' in line ? line : null;
  } catch {
    return null;
  }
}
