import { join } from 'node:path';
import { readBundle, writeBundle } from '../adapters/bundles.ts';
import { getRef } from '../adapters/objects.ts';
import { downloadSnapshot } from '../adapters/snapshots.ts';
import type { CpuActivities } from '../contracts/activities.ts';
import type { VersionRecord } from '../contracts/runs.ts';
import type { Settings } from '../contracts/settings.ts';
import type { SnapshotManifest } from '../contracts/snapshot.ts';
import type { ObjectStore } from '../contracts/store.ts';
import type { Facts } from '../domain/report/facts.ts';
import type { DefinedModel } from '../models/define.ts';
import { beating, type Pulse } from './beating.ts';
import type { GateEvidence } from './evaluate/evidence.ts';
import { readTestRows } from './evaluate/test-rows.ts';
import { bundleFiles, readCurve } from './package/files.ts';
import { nextVersion, versionOfRun } from './package/versions.ts';
import { openTrained } from './train/trained.ts';

export interface PackageDeps extends Pulse {
  store: ObjectStore;
  loadModel(name: string): Promise<DefinedModel>;
  packagesInUse(): Promise<Record<string, string>>;
  settings: Pick<Settings, 'NIGHTJAR_HOME'>;
  now(): Date;
}

type Input = Parameters<CpuActivities['packageVersion']>[0];

/** Bundle, then version record; whoever finds a record finds its bundle whole. The same run gets the same version again. */
export function createPackageActivities(deps: PackageDeps): Pick<CpuActivities, 'packageVersion'> {
  return { packageVersion: (input) => beating(deps, () => packageVersion(deps, input)) };
}

async function packageVersion(deps: PackageDeps, input: Input): Promise<VersionRecord> {
  const { store } = deps;
  const made = await versionOfRun(store, input.model, input.run);
  if (made) return made;

  const model = await deps.loadModel(input.model);
  const snapshot = await downloadSnapshot(store, input.snapshot.digest, join(deps.settings.NIGHTJAR_HOME, 'snapshots'), ['test.parquet']);
  const { instances } = await readTestRows(snapshot.path('test.parquet'), model);
  const facts = await factsOf(deps, input, model, snapshot.manifest);
  const files = await bundleFiles(model, await openTrained(store, input.trained), instances, facts, input.plan.seed);

  const { run, plan } = input;
  const metrics = Object.fromEntries(input.gate.metrics.map(({ metric, challenger }) => [metric, challenger]));
  const about = { model: model.name, run, snapshot: input.snapshot.digest, definition: plan.definition, metrics };
  const { seed, backend, packages } = facts;
  const bundle = await writeBundle(store, { format: 1, ...about, task: model.task, seed, backend, packages }, files);
  await readBundle(store, bundle.digest); // what the record will name is read back first, byte for byte
  return nextVersion(store, { ...about, ...bundle, createdAt: deps.now().toISOString() });
}

async function factsOf(deps: PackageDeps, { run, gate, trained, plan, snapshot }: Input, model: DefinedModel, manifest: SnapshotManifest): Promise<Facts> {
  const evidence = JSON.parse((await getRef(deps.store, gate.evidence)).toString('utf8')) as GateEvidence;
  const { sources, schema, trainRows, testRows } = manifest;
  const { margin, confidence, sliceFdr, sliceMinUnits } = plan.policy.gate;
  const { steps, epochs, learningRate, loss } = trained;
  return {
    model: model.name,
    task: model.task,
    run,
    gate,
    slices: evidence.slices,
    champion: evidence.champion?.version ?? null,
    snapshot: { digest: snapshot.digest, sources, schema, trainRows, testRows },
    definition: plan.definition,
    seed: plan.seed,
    backend: trained.backend,
    packages: await deps.packagesInUse(),
    training: { steps, epochs, learningRate, loss },
    curve: await readCurve(deps.store, trained),
    policy: { margin, confidence, sliceFdr, sliceMinUnits },
  };
}
