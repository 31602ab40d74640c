import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ObjectStore } from '../../contracts/store.ts';
import { announce } from '../endpoints.ts';
import type { DeployTarget, RunningServer } from './target.ts';

/**
 * Keeps servers running: starts again what died, also what the machine's restart ended, and tells the gateways where it answers now.
 * One server that is slow to start or to stop holds up no other. `stop` resolves when the work in progress is over.
 */
export function startReconciler(deps: { target: DeployTarget; store: ObjectStore; everyMilliseconds?: number; log: Pick<Logger, 'info' | 'warn'> }): {
  stop(): Promise<void>;
} {
  const { target, store, log, everyMilliseconds = 250 } = deps;
  const stopped = new AbortController();
  const working = new Set<Promise<void>>();
  const unannounced = new Set<RunningServer>();
  const announcing = new Set<RunningServer>();

  /** Not waited for by the loop; a failure is logged, and the next look tries again. */
  function inBackground(work: () => Promise<void>): void {
    const mine = work()
      .catch((error: Error) => log.warn({ error: error.message }, 'servers not looked after; tried again'))
      .finally(() => working.delete(mine));
    working.add(mine);
  }

  async function announceOne(server: RunningServer): Promise<void> {
    if (announcing.has(server)) return;
    announcing.add(server);
    try {
      await announce(store, server);
      unannounced.delete(server);
      log.info({ model: server.model, version: server.version, url: server.url }, 'model server started again');
    } finally {
      announcing.delete(server);
    }
  }

  function startedAgain(server: RunningServer): void {
    // An address from before must not be announced after this one.
    for (const other of unannounced) if (other.model === server.model && other.version === server.version) unannounced.delete(other);
    unannounced.add(server);
    inBackground(() => announceOne(server));
  }

  const loop = (async () => {
    while (!stopped.signal.aborted) {
      for (const server of unannounced) inBackground(() => announceOne(server));
      inBackground(() => target.reconcile(startedAgain));
      await sleep(everyMilliseconds, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await loop;
      while (working.size > 0) await Promise.all(working);
    },
  };
}
