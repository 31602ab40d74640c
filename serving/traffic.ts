import { readBundleJson } from '../adapters/bundles.ts';
import type { Signature } from '../contracts/bundle.ts';
import { keys } from '../contracts/ids.ts';
import type { Arm, Endpoints, Routes } from '../contracts/routes.ts';
import type { ReferenceSketches } from '../contracts/sketch.ts';
import type { ObjectStore } from '../contracts/store.ts';
import type { Log } from './log.ts';

/** What the gateway needs to know of the champion's bundle. */
export interface Description {
  digest: string;
  signature: Signature;
  sketches: ReferenceSketches;
}

/** The desired traffic of a model as last read; it stays as it is while the store is away. */
export interface Traffic {
  readonly model: string;
  readonly routes: Routes | null;
  readonly description: Description | null;
  /** Milliseconds since the epoch at which the store last answered. */
  readonly readAt: number;
  /** Where an arm answers, null when no server with its digest does. */
  urlOf(arm: Arm): string | null;
  stop(): void;
}

export interface TrafficDeps {
  store: ObjectStore;
  model: string;
  pollMilliseconds: number;
  now: () => number;
  log: Log;
  described: (description: Description) => void;
}

/** Follows routes.json and endpoints.json. Resolves after the first look, also when that failed. */
export async function followTraffic({ store, model, pollMilliseconds, now, log, described }: TrafficDeps): Promise<Traffic> {
  let routes: Routes | null = null;
  let endpoints: Endpoints | null = null;
  let description: Description | null = null;
  let readAt = 0;
  let away = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const readRoutes = changedJson<Routes>(store, keys.routes(model));
  const readEndpoints = changedJson<Endpoints>(store, keys.endpoints(model));

  async function look(): Promise<void> {
    try {
      const [newRoutes, newEndpoints] = await Promise.all([readRoutes(), readEndpoints()]);
      if (newRoutes) log.info({ model, epoch: newRoutes.epoch, step: newRoutes.step, percent: newRoutes.percent }, 'traffic changed');
      routes = newRoutes ?? routes;
      endpoints = newEndpoints ?? endpoints;
      readAt = now();
      away = false;
    } catch (error) {
      if (!away) log.warn({ model, error: (error as Error).message }, 'routes cannot be read; traffic stays as it is');
      away = true;
    }
  }

  /** Apart from the looks: reading a bundle must not delay a change of traffic. */
  async function describe(): Promise<void> {
    const digest = routes?.champion?.digest;
    if (!digest || digest === description?.digest) return;
    try {
      const [signature, sketches] = await Promise.all([
        readBundleJson<Signature>(store, digest, 'signature.json'),
        readBundleJson<ReferenceSketches>(store, digest, 'sketches.json'),
      ]);
      description = { digest, signature, sketches };
      described(description);
    } catch (error) {
      log.warn({ model, digest, error: (error as Error).message }, 'the champion cannot be described yet');
    }
  }

  let describing = Promise.resolve();
  const follow = async () => {
    await look();
    if (stopped) return;
    const before = describing;
    describing = before.then(describe);
    timer = setTimeout(() => void follow(), pollMilliseconds);
  };
  await follow();
  await describing;

  return {
    model,
    get routes() {
      return routes;
    },
    get description() {
      return description;
    },
    get readAt() {
      return readAt;
    },
    urlOf: (arm) => endpoints?.servers.find((server) => server.version === arm.version && server.digest === arm.digest)?.url ?? null,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Reads a JSON object; null when it is the same as at the last call, or not there. */
function changedJson<T>(store: ObjectStore, key: string): () => Promise<T | null> {
  let etag = '';
  return async () => {
    const found = await store.get(key);
    if (!found || found.etag === etag) return null;
    etag = found.etag;
    return JSON.parse(found.body.toString('utf8')) as T;
  };
}
