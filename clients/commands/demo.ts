import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { addCommand, type Answer, type CommonOptions } from '../command.ts';
import { commandFor, freshStack, playNights } from '../demo/demo.ts';
import { nightJson, nightsTable, type PlayedNight } from '../demo/outcome.ts';
import { MODEL } from '../demo/play.ts';
import { openScreen } from '../demo/screen.ts';
import { stackFolder, type StackFolder } from '../stack/folder.ts';
import type { StackRecord } from '../stack/record.ts';
import { untilTold } from '../stack/up.ts';

interface DemoOptions extends CommonOptions {
  exit?: boolean;
  seed: number;
  healthy?: boolean;
}

export function addDemo(program: Command): void {
  addCommand<DemoOptions>(
    program,
    'demo',
    'four nights in the life of a recommender, on a stack of its own in <folder>/demo, with real data and replayed shoppers',
    (command) =>
      command
        .option('--exit', 'end when the nights are over; otherwise the stack stays up until Ctrl-C')
        .option('--seed <number>', 'another replay', seed, 1)
        .option('--healthy', 'nothing is wrong with the last delivery'),
    async ({ root }, { exit = false, json = false, seed, healthy = false }) => {
      const folder = stackFolder(join(root, 'demo'));
      const screen = openScreen(json ? process.stderr : process.stdout);
      const stopping = new AbortController();
      const told = untilTold(folder, screen.say).then(() => stopping.abort(new Stopped()));
      const stack = await freshStack(folder, screen);
      try {
        const answer = answerOf(folder, stack.record, await playNights(folder, stack.record, { seed, healthy, screen, signal: stopping.signal }), {
          seed,
          healthy,
        });
        if (json) screen.print(answer.text);
        if (exit) return answer;
        process.stdout.write(json ? `${JSON.stringify(answer.json)}\n` : `${answer.text}\n\nNext: ${answer.next}\n`);
        screen.say('\nThe stack stays up until Ctrl-C.');
        await told;
        return STOPPED;
      } catch (error) {
        if (error instanceof Stopped) return STOPPED;
        throw error;
      } finally {
        await stack.stop();
      }
    },
  );
}

/** Ctrl-C in the middle of a night. */
class Stopped extends Error {}

const STOPPED: Answer = { json: { up: false }, text: 'stopped' };

function answerOf(folder: StackFolder, { urls }: StackRecord, nights: PlayedNight[], replay: { seed: number; healthy: boolean }): Answer {
  const command = (words: string) => commandFor(folder, words);
  const next = [`runs ${MODEL}`, `show ${MODEL}`, `report ${MODEL}`, `rollback ${MODEL} --reason "trying it"`, 'status'].map((words) => `  ${command(words)}`);
  return {
    json: { ...replay, nights: nights.map(nightJson), ui: urls.temporalUi },
    text: `\n${nightsTable(nights)}\n\nTemporal UI  ${urls.temporalUi}`,
    next: `\n${next.join('\n')}`,
  };
}

function seed(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a seed is a whole number.');
  return value;
}
