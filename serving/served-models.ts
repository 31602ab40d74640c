import { NightjarError } from '../contracts/errors.ts';
import { keys, MODEL_NAME } from '../contracts/ids.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { openPatientLog } from './events/patient-log.ts';
import { modelsWithSegments } from './events/recovery.ts';
import type { EventHome } from './events/home.ts';
import type { Log } from './log.ts';
import { splitOf, type Served } from './predict.ts';
import { followTraffic } from './traffic.ts';

export interface ServedModels {
  all(): Served[];
  /** The model of this name, looked for in the store when it is new. Throws UnknownModel. */
  find(name: string): Promise<Served>;
  /** Looks for new models. */
  discover(): Promise<void>;
  /** Ends all event segments, so that their readers get them. */
  rotate(): void;
  close(): Promise<void>;
}

export interface ServedModelsDeps {
  store: ObjectStore;
  home: EventHome;
  pollMilliseconds: number;
  now: () => number;
  log: Log;
  uploadFailed: (model: string) => void;
}

/** A name that is in nobody's routes is not looked for again within this time. */
const MISS_MILLISECONDS = 1000;
const MAX_MISSES = 1000;

/** The models that have routes, or events left on this disk. One gateway serves them all. */
export async function openServedModels(deps: ServedModelsDeps): Promise<ServedModels> {
  const { store, home, now, log } = deps;
  const served = new Map<string, Promise<Served>>();
  const ready = new Map<string, Served>();
  const misses = new Map<string, number>();

  function open(model: string): Promise<Served> {
    const opening = served.get(model) ?? start(model);
    served.set(model, opening);
    opening.catch(() => served.delete(model));
    return opening;
  }

  async function start(model: string): Promise<Served> {
    const events = await openPatientLog({ store, home: home.home, gateway: home.gateway, model, now, log, uploadFailed: () => deps.uploadFailed(model) });
    const traffic = await followTraffic({ ...deps, model, described: ({ sketches }) => events.compareWith(sketches) });
    const one = { traffic, events };
    ready.set(model, one);
    return one;
  }

  async function find(name: string): Promise<Served> {
    const known = ready.get(name) ?? served.get(name);
    if (known) return known;
    const unknown = new NightjarError('UnknownModel', `${name.slice(0, 100)}.`);
    if (!MODEL_NAME.test(name) || (misses.get(name) ?? 0) > now() - MISS_MILLISECONDS) throw unknown;
    if (await store.head(keys.routes(name))) return open(name);
    if (misses.size >= MAX_MISSES) misses.clear();
    misses.set(name, now());
    throw unknown;
  }

  /** Jumps from name to name, however many objects a model has. */
  async function discover(): Promise<void> {
    for (let after = 'models/'; ;) {
      const next = await firstKey(after);
      const name = next?.split('/')[1];
      if (!name) return;
      if (!served.has(name) && (await store.head(keys.routes(name)))) await open(name);
      after = `models/${name}/\uffff`;
    }
  }

  async function firstKey(after: string): Promise<string | null> {
    for await (const { key } of store.list('models/', after)) return key;
    return null;
  }

  for (const model of await modelsWithSegments(home.home)) await open(model);
  await discover().catch((error: Error) => log.warn({ error: error.message }, 'models are not known yet; each is looked for when it is asked for'));

  return {
    all: () => [...ready.values()],
    find,
    discover,
    rotate() {
      for (const { traffic, events } of ready.values()) events.rotate(traffic.routes !== null && splitOf(traffic.routes).rollout !== null);
    },
    async close() {
      for (const { traffic } of ready.values()) traffic.stop();
      await Promise.all([...ready.values()].map(({ events }) => events.close()));
    },
  };
}
