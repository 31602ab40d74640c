import { openStore } from '../adapters/s3-store.ts';
import type { CpuActivities } from '../contracts/activities.ts';
import { NightjarError } from '../contracts/errors.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Anomaly, RefreshResult, SnapshotManifest, SnapshotRef } from '../contracts/snapshot.ts';
import type { ObjectStore } from '../contracts/store.ts';
import type { DefinedModel } from '../models/define.ts';
import { beating, type Pulse } from './beating.ts';
import { checkExpectations } from './refresh/check.ts';
import { readEvents } from './refresh/events.ts';
import { findFiles, stillTheSame, type SourceFile } from './refresh/files.ts';
import { prepareExamples } from './refresh/prepare.ts';
import { lastTried, latestSnapshot, publish, quarantine } from './refresh/publish.ts';
import { readSource } from './refresh/read.ts';
import { openSourceCache } from './refresh/source-cache.ts';
import { openWorkspace, type Workspace } from './refresh/workspace.ts';
import { writeSnapshot } from './refresh/write.ts';

/** The part of a definition that says where data comes from and what it must be. */
export type DataDefinition = Pick<DefinedModel, 'name' | 'unit' | 'sources' | 'refresh'>;

export interface RefreshDeps extends Pulse {
  store: ObjectStore;
  loadModel(name: string): Promise<DataDefinition>;
  settings: Pick<Settings, 'NIGHTJAR_HOME' | 'NIGHTJAR_DATA'>;
  /** Buckets that sources name; the ecosystem's AWS_* variables say where they are. */
  openBucket?(bucket: string): ObjectStore;
}

type Input = Parameters<CpuActivities['refresh']>[0];
type Delivery = { name: string; files: SourceFile[] }[];

/** Sources → snapshot. A batch that breaks a rule is quarantined and is a result; the last good snapshot is never touched. */
export function createRefreshActivities(deps: RefreshDeps): Pick<CpuActivities, 'refresh'> {
  return {
    async refresh(input) {
      try {
        return await beating(deps, () => refreshOnce(deps, input));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw new NightjarError('DiskFull', `${deps.settings.NIGHTJAR_HOME}.`);
        throw error;
      }
    },
  };
}

async function refreshOnce(deps: RefreshDeps, input: Input): Promise<RefreshResult> {
  const model = await deps.loadModel(input.model);
  const delivery = await fetchSources(deps, model);
  const known = await sameAsLatest(deps.store, input, delivery);
  if (known) return await newOrUnchanged(deps.store, input.model, known);

  const workspace = await openWorkspace(deps.settings.NIGHTJAR_HOME, input.model);
  try {
    const anomalies = await makeExamples(workspace, model, delivery);
    if (anomalies.length > 0) return { kind: 'invalid', anomalies, quarantine: await quarantine(deps.store, input.model, input.run, delivery, anomalies) };

    const { database, folder } = workspace;
    const written = await writeSnapshot(
      database,
      { model: input.model, definition: input.definition, sources: asDelivered(delivery), unit: model.unit },
      folder,
    );
    return await newOrUnchanged(deps.store, input.model, await publish(deps.store, written));
  } finally {
    await workspace.close();
  }
}

async function fetchSources(deps: RefreshDeps, model: DataDefinition): Promise<Delivery> {
  const { NIGHTJAR_HOME: home, NIGHTJAR_DATA: root } = deps.settings;
  const cache = await openSourceCache(home, model.name);
  const places = { model: model.name, root, store: deps.store, openBucket: deps.openBucket ?? openStore, cache };
  const delivery: Delivery = [];
  for (const [name, source] of Object.entries(model.sources)) delivery.push({ name, files: await findFiles(source, places) });
  await cache.dropOthers();
  return delivery;
}

/** Reads, cleans and checks. Answers what is wrong; an empty list means that `examples` may be trained on. */
async function makeExamples({ database }: Workspace, model: DataDefinition, delivery: Delivery): Promise<Anomaly[]> {
  const anomalies: Anomaly[] = [];
  for (const { name, files } of delivery) {
    const source = model.sources[name]!;
    if (source.format === 'events') await readEvents(database, files);
    else anomalies.push(...(await readSource(database, name, source, files)));
    await stillTheSame(files);
  }
  // Queries over a table with wrong types or columns would fail for reasons that the anomalies name better.
  if (anomalies.length > 0) return anomalies;
  await prepareExamples(database, model);
  return await checkExpectations(database, model);
}

/** Nothing delivered and nothing redefined since the latest snapshot: no query needs to run. */
async function sameAsLatest(store: ObjectStore, { model, definition }: Input, delivery: Delivery): Promise<SnapshotRef | null> {
  const latest = await latestSnapshot(store, model);
  const same = latest?.manifest.definition === definition && JSON.stringify(latest.manifest.sources) === JSON.stringify(asDelivered(delivery));
  return same ? latest.ref : null;
}

/** A snapshot that no version was judged on yet is new, also when an earlier attempt or a run that was stopped made it. */
async function newOrUnchanged(store: ObjectStore, model: string, snapshot: SnapshotRef): Promise<RefreshResult> {
  if ((await lastTried(store, model)) !== snapshot.digest) return { kind: 'new', snapshot };
  return { kind: 'unchanged', snapshot, reason: `The data and the definition are those of snapshot ${snapshot.digest.slice(0, 12)}, which was tried already.` };
}

const asDelivered = (delivery: Delivery): SnapshotManifest['sources'] =>
  delivery.map(({ name, files }) => ({ name, files: files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })) }));
