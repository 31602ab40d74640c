import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRefreshActivities, type DataDefinition, type RefreshDeps } from '../../../activities/refresh.ts';
import { writeJson } from '../../../adapters/objects.ts';
import { keys } from '../../../contracts/ids.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { ORDERS } from './orders.ts';

export const HEADER = 'customer,amount,channel,day';

/** Orders of customers from..to, two for every third of them. */
export function orderLines(from: number, to: number): string[] {
  const lines: string[] = [];
  for (let customer = from; customer < to; customer++)
    for (let n = 0; n < (customer % 3 === 0 ? 2 : 1); n++)
      lines.push(`${customer},${(customer * 7.13 + n) % 100},${['web', 'app', 'store'][customer % 3]},2024-01-${String(1 + (customer % 28)).padStart(2, '0')}`);
  return lines;
}

/** A data folder, a home and a store of one test, and the activity on them. */
export async function openShop(overrides: Partial<RefreshDeps> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-refresh-'));
  const store = overrides.store ?? memoryStore();
  const home = join(folder, 'home');
  const data = join(folder, 'data');
  let model: DataDefinition = ORDERS;
  const { refresh } = createRefreshActivities({
    store,
    loadModel: async () => model,
    settings: { NIGHTJAR_HOME: home, NIGHTJAR_DATA: data },
    heartbeat: () => {},
    ...overrides,
  });
  return {
    store,
    home,
    data,
    folder,
    define(part: DataDefinition) {
      model = part;
    },
    async deliver(path: string, content: string | Buffer | string[]) {
      const file = join(data, model.name, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, Array.isArray(content) ? content.join('\n') + '\n' : content);
      return file;
    },
    refresh: (run = 'run-1', definition = 'definition-1') => refresh({ model: model.name, run, definition }),
    /** What recordRun notes at the end of a run that judged this snapshot. */
    tried: (snapshot: string) => writeJson(store, keys.lastTried(model.name), { snapshot, definition: 'definition-1' }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

export type Shop = Awaited<ReturnType<typeof openShop>>;
