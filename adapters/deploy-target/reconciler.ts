import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ObjectStore } from '../../contracts/store.ts';
import { announce } from '../endpoints.ts';
import type { DeployTarget, RunningServer } from './target.ts';

/**
 * Keeps servers running: starts again what died, also what the machine's restart ended, and tells the gateways where it answers now.
 * `stop` resolves when the look in progress is over.
 */
export function startReconciler(deps: { target: DeployTarget; store: ObjectStore; everyMilliseconds?: number; log: Pick<Logger, 'info' | 'warn'> }): {
  stop(): Promise<void>;
} {
  const { target, store, log, everyMilliseconds = 250 } = deps;
  const stopped = new AbortController();
  let unannounced: RunningServer[] = [];

  async function look(): Promise<void> {
    unannounced.push(...(await target.reconcile()));
    for (const server of [...unannounced]) {
      await announce(store, server);
      unannounced = unannounced.filter((other) => other !== server);
      log.info({ model: server.model, version: server.version, url: server.url }, 'model server started again');
    }
  }

  const loop = (async () => {
    while (!stopped.signal.aborted) {
      await look().catch((error: Error) => log.warn({ error: error.message }, 'servers not looked after; tried again'));
      await sleep(everyMilliseconds, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await loop;
    },
  };
}
