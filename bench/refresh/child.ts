import { readFileSync } from 'node:fs';
import { createRefreshActivities } from '../../activities/refresh.ts';
import { openStore } from '../../adapters/s3-store.ts';
import { DELIVERIES } from './deliveries.ts';

/** One refresh in a process of its own, so that its peak memory is its own; prints one JSON object. */
const { home, data } = JSON.parse(process.argv[2]!) as { home: string; data: string };
const { refresh } = createRefreshActivities({
  store: openStore(process.env.NIGHTJAR_BUCKET!),
  loadModel: async () => DELIVERIES,
  settings: { NIGHTJAR_HOME: home, NIGHTJAR_DATA: data },
  heartbeat: () => {},
});
const started = performance.now();
const result = await refresh({ model: DELIVERIES.name, run: 'bench', definition: 'bench' });
const seconds = (performance.now() - started) / 1000;
const peakKilobytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
process.stdout.write(JSON.stringify({ result, seconds, megabytes: peakKilobytes / 1024 }) + '\n');
