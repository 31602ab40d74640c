import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { packageRoot } from '../../adapters/package-root.ts';

export interface CommandEnd {
  code: number;
  /** The last line it printed, as JSON. */
  json: unknown;
  said: string;
}

/** The real command line on a stack folder of its own. */
export interface CommandLine {
  dir: string;
  run: (...words: string[]) => Promise<CommandEnd>;
  /** Returns when the command has said `words` to the person before it, while it goes on. */
  runUntilSaid: (words: string, ...command: string[]) => Promise<{ end: Promise<CommandEnd> }>;
  /** Stops the stack and removes the folder. */
  remove: () => Promise<void>;
}

/** @param project the clone whose command line it is */
export function commandLine(environment: Record<string, string> = {}, project = packageRoot()): CommandLine {
  const dir = mkdtempSync(join(tmpdir(), 'nightjar-cli-'));
  const start = (words: string[]): { end: Promise<CommandEnd>; says: Readable } => {
    const { promise: end, resolve } = deferred<CommandEnd>();
    const options = { env: { ...process.env, ...environment, NODE_NO_WARNINGS: '1' }, maxBuffer: 64 * 1024 * 1024 };
    const program = [join(project, 'bin/nightjar.mjs'), ...words, '--dir', dir, '--json'];
    const { stderr } = execFile(process.execPath, program, options, (error, out, said) => {
      resolve({ code: error ? Number(error.code) : 0, json: lastJson(out), said });
    });
    return { end, says: stderr! };
  };
  const run = (...words: string[]): Promise<CommandEnd> => start(words).end;
  return {
    dir,
    run,
    runUntilSaid: async (words, ...command) => {
      const { end, says } = start(command);
      await Promise.race([hears(says, words), end.then(({ said }) => Promise.reject(new Error(`It ended and never said "${words}":\n${said}`)))]);
      return { end };
    },
    remove: async () => {
      await run('down');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const hears = (stream: Readable, words: string): Promise<void> =>
  new Promise((resolve) => {
    let heard = '';
    stream.on('data', (chunk: Buffer | string) => {
      heard += String(chunk);
      if (heard.includes(words)) resolve();
    });
  });

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  return { promise: new Promise<T>((done) => (resolve = done)), resolve };
}

function lastJson(out: string): unknown {
  const line = out.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('{') || line.startsWith('[') ? (JSON.parse(line) as unknown) : null;
}
