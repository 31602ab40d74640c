import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRefreshActivities } from '../../../activities/refresh.ts';
import { openStore } from '../../../adapters/s3-store.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import { ORDERS } from './orders.ts';

/** A process that refreshes and kills itself at the point named: the first moment that its file stands in the workspace. */
const { home, data, point } = JSON.parse(process.argv[2]!) as { home: string; data: string; point: string };

const die = () => process.kill(process.pid, 'SIGKILL');
const parent = join(home, 'refresh', ORDERS.name);
const file = point === 'database' ? 'refresh.duckdb' : point;
if (point !== 'upload')
  setInterval(() => {
    const standing = existsSync(parent) && readdirSync(parent).length === 1 && existsSync(join(parent, readdirSync(parent)[0]!, file));
    if (standing) die();
  }, 1);

const real = openStore(process.env.NIGHTJAR_BUCKET!);
const store: ObjectStore = {
  ...real,
  async putFile(key, path) {
    if (point === 'upload' && key.endsWith('/test.parquet')) die();
    await real.putFile(key, path);
  },
};
const { refresh } = createRefreshActivities({
  store,
  loadModel: async () => ORDERS,
  settings: { NIGHTJAR_HOME: home, NIGHTJAR_DATA: data },
  heartbeat: () => {},
});
await refresh({ model: ORDERS.name, run: 'dying', definition: 'definition-1' });
process.exit(0);
