import type { FastifyInstance } from 'fastify';
import type { Log } from './log.ts';

/** After this long what still runs (an upload to a store that is away) is left to the next start. */
const GRACE_MILLISECONDS = 5000;

/** Ends the process on SIGTERM and SIGINT: requests in flight are answered, then the server's own closing runs. */
export function stopOnSignals(app: FastifyInstance, log: Log): void {
  const stop = (signal: string) => {
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(0), GRACE_MILLISECONDS).unref();
    void app.close().finally(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
