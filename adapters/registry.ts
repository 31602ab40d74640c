import { readJson } from './objects.ts';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import type { Aliases, Routes } from '../contracts/routes.ts';
import type { RunRecord, VersionRecord } from '../contracts/runs.ts';
import type { ObjectStore } from '../contracts/store.ts';

/** Models that have left anything in the store, by name. */
export async function modelNames(store: ObjectStore): Promise<string[]> {
  const names = new Set<string>();
  for await (const { key } of store.list('models/')) names.add(key.split('/')[1] ?? '');
  return [...names].sort();
}

export const aliasesOf = (store: ObjectStore, model: string): Promise<Aliases | null> => readJson<Aliases>(store, keys.aliases(model));
export const routesOf = (store: ObjectStore, model: string): Promise<Routes | null> => readJson<Routes>(store, keys.routes(model));

/** How the closed runs of a model ended, newest first. */
export async function runsOf(store: ObjectStore, model: string): Promise<RunRecord[]> {
  const runs = await readAll<RunRecord>(store, `models/${model}/runs/`);
  return runs.sort((one, other) => other.endedAt.localeCompare(one.endedAt));
}

/** The versions of a model, newest first. */
export async function versionsOf(store: ObjectStore, model: string): Promise<VersionRecord[]> {
  return (await readAll<VersionRecord>(store, keys.versions(model))).reverse();
}

/** A version by number. Throws UnknownVersion. */
export async function versionOf(store: ObjectStore, model: string, version: number): Promise<VersionRecord> {
  const record = await readJson<VersionRecord>(store, keys.version(model, version));
  if (!record) throw new NightjarError('UnknownVersion', `${model}@${version}.`);
  return record;
}

async function readAll<T>(store: ObjectStore, prefix: string): Promise<T[]> {
  const found: T[] = [];
  for await (const { key } of store.list(prefix)) found.push((await readJson<T>(store, key))!);
  return found;
}
