import { pino } from 'pino';
import { z } from 'zod';
import { openStore } from '../adapters/s3-store.ts';
import { settingsSchema } from '../contracts/settings.ts';
import { openGateway } from './gateway.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/** `node dist/serving/gateway-main.js`: one gateway for all models. Prints `{"ready":true,…}` when it answers. */
const settings = settingsSchema
  .extend({
    GATEWAY_PORT: z.coerce.number().int().min(0).max(65_535).default(8501),
    /** Beyond loopback only on purpose: whoever reaches the gateway may ask and reward. */
    GATEWAY_HOST: z.string().default('127.0.0.1'),
    GATEWAY_POLL_MILLISECONDS: z.coerce.number().positive().default(500),
    GATEWAY_ARM_TIMEOUT_MILLISECONDS: z.coerce.number().positive().default(1000),
    NIGHTJAR_SEGMENT_SECONDS: z.coerce.number().positive().default(5),
  })
  .parse(process.env);
const log = pino({ level: settings.NIGHTJAR_LOG_LEVEL, base: { process: 'gateway' } });

const gateway = await openGateway({
  store: openStore(settings.NIGHTJAR_BUCKET),
  home: settings.NIGHTJAR_HOME,
  pollMilliseconds: settings.GATEWAY_POLL_MILLISECONDS,
  armTimeoutMilliseconds: settings.GATEWAY_ARM_TIMEOUT_MILLISECONDS,
  segmentSeconds: settings.NIGHTJAR_SEGMENT_SECONDS,
  now: Date.now,
  log,
});
await gateway.listen({ port: settings.GATEWAY_PORT, host: settings.GATEWAY_HOST });
stopOnSignals(gateway, log);
const { port } = gateway.server.address() as { port: number };
process.stdout.write(`${JSON.stringify({ ready: true, process: 'gateway', port, pid: process.pid })}\n`);
