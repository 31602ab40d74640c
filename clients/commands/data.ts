import { join } from 'node:path';
import type { Command } from 'commander';
import { DATASETS, type DatasetName } from '../../adapters/dataset/catalogue.ts';
import { fetchDataset } from '../../adapters/dataset/fetch.ts';
import { readMovieLens, writeNight } from '../../adapters/dataset/movielens.ts';
import { NightjarError } from '../../contracts/errors.ts';
import { addCommand } from '../command.ts';
import { useStack } from '../connect.ts';

export function addData(program: Command): void {
  const data = program.command('data').description('public data to try a model on');
  addCommand(
    data,
    'get <name>',
    `fetch a data set and deliver it to the model recommendation: ${Object.keys(DATASETS).join(', ')}`,
    (command) => command,
    async (folder, _options, name) => {
      if (!isDataset(name)) throw new NightjarError('DatasetUnavailable', `There is no data set '${name}'; there are: ${Object.keys(DATASETS).join(', ')}.`);
      useStack(folder);
      const { licence } = DATASETS[name];
      const files = await fetchDataset(name, (line) => process.stderr.write(`${line}\n`));
      const delivered = join(process.env.NIGHTJAR_DATA ?? folder.data, 'recommendation');
      await writeNight(await readMovieLens(files), delivered, { from: 0, to: 1 });
      return { json: { name, files, delivered, licence }, text: `${name} is delivered in ${delivered}.`, next: '`npx nightjar nightly recommendation --wait`' };
    },
  );
}

const isDataset = (name: string | undefined): name is DatasetName => name !== undefined && name in DATASETS;
