import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { z } from 'zod';
import { openStore } from '../adapters/s3-store.ts';
import { failureType } from '../contracts/errors.ts';
import { settingsSchema } from '../contracts/settings.ts';
import type { DefinedModel } from '../models/define.ts';
import { modelServer } from './model-server.ts';
import { openBundle } from './open-bundle.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/** Exit code of a server that refuses its bundle: starting it again cannot help. adapters/deploy-target knows it too. */
const REFUSED = 3;

const parameters = z.object({
  model: z.string(),
  version: z.coerce.number().int().positive(),
  digest: z.string(),
  port: z.coerce.number().int().min(0).max(65_535),
});

/**
 * The whole life of a model server process: `--model churn --version 3 --digest … --port 4711`.
 * Prints `{"ready":true,…}` when it answers, exits with 3 when the bundle is refused and with 1 for everything else.
 */
export async function runModelServer(load: (model: string) => Promise<DefinedModel>): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { model: text, version: text, digest: text, port: text } });
  const { port, ...served } = parameters.parse(values);
  const settings = settingsSchema.parse(process.env);
  const log = pino({ level: settings.NIGHTJAR_LOG_LEVEL, base: { process: 'model-server', model: served.model, version: served.version } });

  const server = modelServer(served);
  await server.app.listen({ port, host: '127.0.0.1' });
  stopOnSignals(server.app, log);
  try {
    const bundle = await openBundle(openStore(settings.NIGHTJAR_BUCKET), served.digest, await load(served.model));
    server.serve(bundle);
    const address = server.app.server.address() as { port: number };
    process.stdout.write(`${JSON.stringify({ ready: true, ...served, port: address.port, backend: bundle.predictor.backend, pid: process.pid })}\n`);
  } catch (error) {
    log.error({ type: failureType(error), error: (error as Error).message }, 'not served');
    process.exit(failureType(error) === 'BundleRefused' ? REFUSED : 1);
  }
}
