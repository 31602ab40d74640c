import { join } from 'node:path';
import type { Command } from 'commander';
import { NightjarError } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import { addCommand } from '../command.ts';
import { storeOf } from '../connect.ts';
import { versionsOf } from '../../adapters/registry.ts';

export function addReport(program: Command): void {
  addCommand(
    program,
    'report <model> [version]',
    'fetch the report page of a version (the newest when left out)',
    (command) => command,
    async (folder, _options, model, wanted) => {
      const store = storeOf(folder);
      const version = wanted === undefined ? (await versionsOf(store, model))[0]?.version : Number(wanted);
      if (version === undefined || !Number.isInteger(version)) throw new NightjarError('UnknownVersion', `${model}@${wanted ?? 'newest'}.`);
      const path = join(folder.root, 'reports', model, `${version}.html`);
      if (!(await store.getFile(keys.report(model, version), path)))
        throw new NightjarError('UnknownVersion', `${model}@${version} has no report; its run writes it when it ends.`);
      return { json: { model, version, path }, text: `The report of ${model}@${version}: ${path}`, next: `open file://${path} in a browser` };
    },
  );
}
