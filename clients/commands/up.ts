import { InvalidArgumentError, type Command } from 'commander';
import { addCommand, type Answer, type CommonOptions } from '../command.ts';
import { detach, holdStack, untilTold } from '../stack/up.ts';
import type { StackRecord } from '../stack/record.ts';

interface UpOptions extends CommonOptions {
  detach?: boolean;
  gatewayPort?: number;
  temporalPort?: number;
  uiPort?: number;
  s3Port?: number;
}

const report = (line: string): void => void process.stderr.write(`${line}\n`);

export function addUp(program: Command): void {
  addCommand<UpOptions>(
    program,
    'up',
    'start the whole stack on this machine: Temporal, S3, workers, gateway',
    (command) =>
      command
        .option('--detach', 'return when it is up')
        .option('--gateway-port <port>', 'port of the gateway', port)
        .option('--temporal-port <port>', 'port of Temporal', port)
        .option('--ui-port <port>', "port of Temporal's UI", port)
        .option('--s3-port <port>', 'port of the S3 server', port),
    async (folder, options) => {
      if (options.detach) return answer(await detach(folder, foregroundCommand()), folder.root, true);
      const told = untilTold(folder, report);
      const held = await holdStack(
        folder,
        { gateway: options.gatewayPort, temporal: options.temporalPort, temporalUi: options.uiPort, s3: options.s3Port },
        report,
      );
      if (held.already) return answer(held.already, folder.root, true);
      const { text, json } = answer(held.stack.record, folder.root, false);
      process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
      await told;
      await held.stack.stop();
      return { json: { up: false }, text: 'stopped', next: '`npx nightjar up` goes on where it stopped' };
    },
  );
}

/** This very command without `--detach`, for a person: what it says last is what went wrong. */
const foregroundCommand = (): string[] => process.argv.slice(1).filter((word) => word !== '--detach' && word !== '--json');

function answer({ pid, ports, urls }: StackRecord, dir: string, detached: boolean): Answer {
  const lines = [
    `The stack is up (${dir}).`,
    `  Temporal UI  ${urls.temporalUi ?? 'as configured'}`,
    `  Temporal     ${urls.temporal}`,
    `  S3           ${urls.s3}`,
    `  gateway      ${urls.gateway}`,
    ...(detached ? [] : ['Ctrl-C stops it; nothing is lost.']),
  ];
  return { json: { up: true, pid, ports, urls, dir }, text: lines.join('\n'), next: '`npx nightjar status`, or `npx nightjar nightly recommendation --wait`' };
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError('a port is a number from 1 to 65535.');
  return value;
}
