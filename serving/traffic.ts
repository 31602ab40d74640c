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
  let description: Description | null = null;
  let readAt = 0;
  let away = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const routes = latestJson<Routes>(store, keys.routes(model));
  const endpoints = latestJson<Endpoints>(store, keys.endpoints(model));

  async function look(): Promise<void> {
    // Each keeps what it read: a change of traffic counts also when the addresses cannot be read in the same look.
    // Both are waited for, so that no read of an earlier look comes in after a later one.
    const looked = await Promise.allSettled([routes.read().then(tell), endpoints.read()]);
    const failure = looked.find((one) => one.status === 'rejected');
    if (!failure) readAt = now();
    else if (!away) log.warn({ model, error: (failure.reason as Error).message }, 'the store cannot be read; traffic stays as it is');
    away = failure !== undefined;
  }

  function tell(changed: Routes | null): void {
    if (changed) log.info({ model, epoch: changed.epoch, step: changed.step, percent: changed.percent }, 'traffic changed');
  }

  /** Apart from the looks: reading a bundle must not delay a change of traffic. */
  async function describe(): Promise<void> {
    const digest = routes.value?.champion?.digest;
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
      return routes.value;
    },
    get description() {
      return description;
    },
    get readAt() {
      return readAt;
    },
    urlOf: (arm) => endpoints.value?.servers.find((server) => server.version === arm.version && server.digest === arm.digest)?.url ?? null,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

interface LatestJson<T> {
  /** As last read; it stays while the store is away or the object is gone. */
  readonly value: T | null;
  /** Reads it again; resolves with the value when it is another one than before, else with null. */
  read(): Promise<T | null>;
}

function latestJson<T>(store: ObjectStore, key: string): LatestJson<T> {
  let etag = '';
  let value: T | null = null;
  return {
    get value() {
      return value;
    },
    async read() {
      const found = await store.get(key);
      if (!found || found.etag === etag) return null;
      value = JSON.parse(found.body.toString('utf8')) as T;
      etag = found.etag; // only now: what could not be understood is read again
      return value;
    },
  };
}
