import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { POOLS, type Pool } from '../contracts/task-queues.ts';
import { settingsSchema, type Settings } from '../contracts/settings.ts';
import { openConnections } from './connection.ts';
import { runActivityPool } from './pools/activities.ts';
import { runOrchestrator } from './pools/orchestrator.ts';
import { installTelemetry } from './telemetry.ts';

/** One pool per process: `node dist/workers/main.js --pool orchestrator|cpu|gpu|deploy [--make-current]`. Ends on SIGINT and SIGTERM, after what runs has checkpointed. */
const { values } = parseArgs({ options: { pool: { type: 'string' }, 'make-current': { type: 'boolean', default: false } } });
const pool = values.pool as Pool;
if (!POOLS.includes(pool)) {
  process.stderr.write(`--pool is one of ${POOLS.join(', ')}\n`);
  process.exit(1);
}

const settings: Settings = settingsSchema.parse(process.env);
const dist = fileURLToPath(new URL('..', import.meta.url));
const log = installTelemetry(pool, settings);
const connections = await openConnections();
log.info({ pool, address: connections.address }, 'worker starts');
if (pool === 'orchestrator') await runOrchestrator({ ...connections, settings, dist, log, makeCurrent: values['make-current'] });
else await runActivityPool(pool, { ...connections, settings, dist, log });
log.info({ pool }, 'worker ended');
process.exit(0); // native handles of engines may still hold the loop
