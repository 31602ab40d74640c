import { crashPoint } from '../../adapters/crash-points.ts';
import { versionsOf } from '../../adapters/registry.ts';
import { NightjarError } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import type { VersionRecord } from '../../contracts/runs.ts';
import type { ObjectStore } from '../../contracts/store.ts';

/** The version that a run has made, or null. */
export async function versionOfRun(store: ObjectStore, model: string, run: string): Promise<VersionRecord | null> {
  return (await versionsOf(store, model)).find((record) => record.run === run) ?? null;
}

/**
 * Takes the next number for a bundle. Two attempts of one run get one version: who finds its number taken looks again who took it.
 * Throws Conflict when others are quicker ten times.
 */
export async function nextVersion(store: ObjectStore, bundle: Omit<VersionRecord, 'version'>): Promise<VersionRecord> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const versions = await versionsOf(store, bundle.model);
    const mine = versions.find(({ run }) => run === bundle.run);
    if (mine) return mine;
    const record: VersionRecord = { ...bundle, version: 1 + Math.max(0, ...versions.map(({ version }) => version)) };
    if (!(await store.create(keys.version(record.model, record.version), JSON.stringify(record)))) continue;
    crashPoint('version-after-record');
    return record;
  }
  throw new NightjarError('Conflict', keys.versions(bundle.model));
}
