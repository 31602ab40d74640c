import type { Command } from 'commander';
import { addCommand } from '../command.ts';
import { bringDown } from '../stack/up.ts';

export function addDown(program: Command): void {
  addCommand(
    program,
    'down',
    'stop the stack and wait until it has stopped; nothing is lost',
    (command) => command,
    async (folder) => {
      const stopped = await bringDown(folder);
      return {
        json: { up: false, stopped },
        text: stopped ? 'The stack has stopped; what was going on goes on at the next start.' : 'The stack was not running.',
        next: '`npx nightjar up` starts it',
      };
    },
  );
}
