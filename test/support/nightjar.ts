import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  /** Stops the stack and removes the folder. */
  remove: () => Promise<void>;
}

/** @param project the clone whose command line it is */
export function commandLine(environment: Record<string, string> = {}, project = packageRoot()): CommandLine {
  const dir = mkdtempSync(join(tmpdir(), 'nightjar-cli-'));
  const run = (...words: string[]): Promise<CommandEnd> =>
    new Promise((resolve) => {
      const options = { env: { ...process.env, ...environment, NODE_NO_WARNINGS: '1' }, maxBuffer: 64 * 1024 * 1024 };
      execFile(process.execPath, [join(project, 'bin/nightjar.mjs'), ...words, '--dir', dir, '--json'], options, (error, out, said) => {
        resolve({ code: error ? Number(error.code) : 0, json: lastJson(out), said });
      });
    });
  return {
    dir,
    run,
    remove: async () => {
      await run('down');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function lastJson(out: string): unknown {
  const line = out.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('{') || line.startsWith('[') ? (JSON.parse(line) as unknown) : null;
}
