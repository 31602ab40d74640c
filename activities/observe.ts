import { readBundleJson } from '../adapters/bundles.ts';
import { aliasesOf, versionOf } from '../adapters/registry.ts';
import type { CpuActivities, MonitorObservation } from '../contracts/activities.ts';
import type { ReferenceSketches } from '../contracts/sketch.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { drift } from '../domain/drift/drift.ts';
import { emptyLike, merge } from '../domain/drift/sketch.ts';
import type { DefinedModel } from '../models/define.ts';
import { beating, type Pulse } from './beating.ts';
import { lookForDecay } from './observe/decay.ts';
import { segmentsWithin } from './observe/segments.ts';

export interface ObserveDeps extends Pulse {
  store: ObjectStore;
  loadModel(name: string): Promise<DefinedModel>;
  now(): Date;
}

type Input = Parameters<CpuActivities['observe']>[0];

const DAY_MILLISECONDS = 24 * 3600 * 1000;
const WEEK_MILLISECONDS = 7 * DAY_MILLISECONDS;

/** One window of the watch over a champion. Repeatable: it reads, and what it counts for decay it counts once. */
export function createObserveActivities(deps: ObserveDeps): Pick<CpuActivities, 'observe'> {
  return { observe: (input) => beating(deps, () => observe(deps, input)) };
}

async function observe(deps: ObserveDeps, { model, policy, since }: Input): Promise<MonitorObservation> {
  const { store } = deps;
  const aliases = await aliasesOf(store, model);
  if (aliases?.champion == null)
    return {
      until: since ?? deps.now().toISOString(),
      exposures: 0,
      drifted: [],
      logDecay: 0,
      decayed: false,
      champion: null,
      lastGood: null,
      promotedAt: null,
    };

  const { champion, lastGood, promotedAt } = aliases;
  const after = Math.max(Date.parse(promotedAt), since === null ? 0 : Date.parse(since));
  const sketches = await sketchesOf(store, model, champion);
  const { until, exposures, columns } = await windowOf(store, model, champion, sketches, after, deps.now().getTime());
  const reference = policy.seasonal ? await weekBefore(store, model, champion, sketches, { after, until }, policy.minWindowCount) : sketches;
  const rows = drift(reference, columns, policy);
  const { rollout } = (await deps.loadModel(model)).policy;
  const periodMilliseconds = policy.seasonal ? WEEK_MILLISECONDS : DAY_MILLISECONDS;
  const { logE, decayed } = await lookForDecay(store, { model, champion, promotedAt, rollout, periodMilliseconds }, until, policy.decayAlpha);
  return {
    until: new Date(until).toISOString(),
    exposures,
    drifted: rows.filter(({ drifted }) => drifted).map(({ column, effect, p }) => ({ column, effect, p })),
    logDecay: logE,
    decayed,
    champion,
    lastGood,
    promotedAt,
  };
}

async function sketchesOf(store: ObjectStore, model: string, champion: number): Promise<ReferenceSketches> {
  const { digest } = await versionOf(store, model, champion);
  return readBundleJson<ReferenceSketches>(store, digest, 'sketches.json');
}

/** What a seasonal model is compared with: the same hours a week ago where there is enough of them, else its bundle's sketches. */
async function weekBefore(
  store: ObjectStore,
  model: string,
  champion: number,
  sketches: ReferenceSketches,
  { after, until }: { after: number; until: number },
  enough: number,
): Promise<ReferenceSketches> {
  const { columns } = await windowOf(store, model, champion, sketches, after - WEEK_MILLISECONDS, until - WEEK_MILLISECONDS);
  return Object.values(columns).some(({ count }) => count >= enough) ? columns : sketches;
}

/** The champion's segments that ended in (after, until], merged one by one; the window ends with the last of them. */
async function windowOf(store: ObjectStore, model: string, champion: number, like: ReferenceSketches, after: number, until: number) {
  const window = { until: after, exposures: 0, columns: emptyLike(like) };
  for await (const { summary } of segmentsWithin(store, model, after, { ended: until })) {
    if (summary.exposures.champion?.version !== champion) continue;
    window.until = Math.max(window.until, summary.toMilliseconds);
    window.exposures += summary.exposures.champion.count;
    window.columns = { ...window.columns, ...merge(window.columns, summary.columns) };
  }
  return window;
}
