import { readBundleJson } from '../adapters/bundles.ts';
import { readJson } from '../adapters/objects.ts';
import type { CpuActivities, MonitorObservation } from '../contracts/activities.ts';
import { keys } from '../contracts/ids.ts';
import type { Aliases } from '../contracts/routes.ts';
import type { ReferenceSketches } from '../contracts/sketch.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { drift } from '../domain/drift/drift.ts';
import { emptyLike, merge } from '../domain/drift/sketch.ts';
import type { DefinedModel } from '../models/define.ts';
import { beating } from './beating.ts';
import { lookForDecay } from './observe/decay.ts';
import { segmentsEndedWithin, type Segment } from './observe/segments.ts';
import { readVersion } from './registry.ts';

export interface ObserveDeps {
  store: ObjectStore;
  loadModel(name: string): Promise<DefinedModel>;
  heartbeat(): void;
  now(): Date;
}

type Input = Parameters<CpuActivities['observe']>[0];

const WEEK_MILLISECONDS = 7 * 24 * 3600 * 1000;

/** One window of the watch over a champion. Repeatable: it reads, and what it counts for decay it counts once. */
export function createObserveActivities(deps: ObserveDeps): Pick<CpuActivities, 'observe'> {
  return { observe: (input) => beating(deps.heartbeat, () => observe(deps, input)) };
}

async function observe(deps: ObserveDeps, { model, policy, since }: Input): Promise<MonitorObservation> {
  const { store } = deps;
  const aliases = await readJson<Aliases>(store, keys.aliases(model));
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
  const segments = (await segmentsEndedWithin(store, model, after, deps.now().getTime())).filter((segment) => serves(segment, champion));
  const until = segments.at(-1)?.summary.toMilliseconds ?? after;
  const reference = await referenceOf(
    store,
    model,
    champion,
    policy.seasonal ? { after: after - WEEK_MILLISECONDS, until: until - WEEK_MILLISECONDS } : null,
    policy.minWindowCount,
  );
  const rows = drift(reference, windowOf(reference, segments), policy);
  const { rollout } = (await deps.loadModel(model)).policy;
  const { logE, decayed } = await lookForDecay(store, { model, champion, promotedAt, rollout }, until, policy.decayAlpha);
  return {
    until: new Date(until).toISOString(),
    exposures: segments.reduce((sum, { summary }) => sum + (summary.exposures.champion?.count ?? 0), 0),
    drifted: rows.filter(({ drifted }) => drifted).map(({ column, effect, p }) => ({ column, effect, p })),
    logDecay: logE,
    decayed,
    champion,
    lastGood,
    promotedAt,
  };
}

/** What the champion is compared with: its bundle's sketches, or, for a seasonal model with enough data, the same hours a week ago. */
async function referenceOf(
  store: ObjectStore,
  model: string,
  champion: number,
  weekAgo: { after: number; until: number } | null,
  enough: number,
): Promise<ReferenceSketches> {
  const { digest } = await readVersion(store, model, champion);
  const sketches = await readBundleJson<ReferenceSketches>(store, digest, 'sketches.json');
  if (!weekAgo) return sketches;
  const before = windowOf(
    sketches,
    (await segmentsEndedWithin(store, model, weekAgo.after, weekAgo.until)).filter((segment) => serves(segment, champion)),
  );
  return Object.values(before).some(({ count }) => count >= enough) ? before : sketches;
}

const windowOf = (reference: ReferenceSketches, segments: readonly Segment[]): ReferenceSketches =>
  segments.reduce<ReferenceSketches>((window, { summary }) => ({ ...window, ...merge(window, summary.columns) }), emptyLike(reference));

const serves = ({ summary }: Segment, champion: number): boolean => summary.exposures.champion?.version === champion;
