import type { Command } from 'commander';
import type { RunRecord } from '../../contracts/runs.ts';
import { addCommand } from '../command.ts';
import { storeOf } from '../connect.ts';
import { modelNames, runsOf } from '../../adapters/registry.ts';
import { duration, table } from '../table.ts';

export function addRuns(program: Command): void {
  addCommand(
    program,
    'runs [model]',
    'how the runs ended, newest first',
    (command) => command,
    async (folder, _options, model) => {
      const store = storeOf(folder);
      const models = model ? [model] : await modelNames(store);
      const runs = (await Promise.all(models.map((name) => runsOf(store, name)))).flat().sort((one, other) => other.endedAt.localeCompare(one.endedAt));
      return {
        json: runs,
        text: runs.length > 0 ? table(['ended', 'model', 'outcome', 'version', 'trigger', 'took', 'reason'], runs.map(line)) : 'No run has ended yet.',
        next: runs[0] ? `\`npx nightjar show ${runs[0].model}\`` : '`npx nightjar nightly <model> --wait`',
      };
    },
  );
}

const line = ({ endedAt, startedAt, model, outcome, version, trigger, reason }: RunRecord) => [
  endedAt.slice(0, 19).replace('T', ' '),
  model,
  outcome,
  version,
  trigger,
  duration(Date.parse(endedAt) - Date.parse(startedAt)),
  reason,
];
