import type { Command } from 'commander';
import { failureType } from '../contracts/errors.ts';
import { stackFolder, type StackFolder } from './stack/folder.ts';

/** What a command has to say: to a program, to a person, and what that person may do next. */
export interface Answer {
  json: unknown;
  text: string;
  next?: string;
  /** 0 unless said otherwise; 2 for an outcome that somebody should look at. */
  exitCode?: number;
}

export interface CommonOptions {
  dir: string;
  json?: boolean;
}

/** A command with the options that every command has. Its action answers; errors of the catalogue are printed without a stack trace, exit code 1. */
export function addCommand<Options extends CommonOptions>(
  program: Command,
  usage: string,
  description: string,
  configure: (command: Command) => Command,
  act: (folder: StackFolder, options: Options, ...operands: string[]) => Promise<Answer>,
): void {
  const command = program
    .command(usage)
    .description(description)
    .option('--dir <folder>', 'folder of the stack', '.nightjar')
    .option('--json', 'answer as one line of JSON');
  configure(command).action(async (...given: unknown[]) => {
    const options = command.opts<Options>();
    const operands = given.slice(0, command.registeredArguments.length) as string[];
    try {
      const answer = await act(stackFolder(options.dir), options, ...operands);
      process.stdout.write(options.json ? `${JSON.stringify(answer.json)}\n` : `${answer.text}\n${answer.next ? `\nNext: ${answer.next}\n` : ''}`);
      process.exitCode = answer.exitCode ?? 0;
    } catch (error) {
      fail(error, options.json ?? false);
    }
  });
}

/** A failure of a workflow wraps what happened in it; the innermost one of the catalogue says what to do. */
function fail(error: unknown, json: boolean): void {
  const known = causes(error).reverse().find(failureType);
  const shown = (known ?? error) as Partial<Error>;
  const message = shown.message ?? String(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: failureType(shown) ?? 'Unexpected', message })}\n`);
  process.stderr.write(`nightjar: ${known ? message : (shown.stack ?? message)}\n`);
  process.exitCode = 1;
}

function causes(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
