import { crashPoint } from '../adapters/crash-points.ts';
import { readJson, updateJson, writeJson } from '../adapters/objects.ts';
import type { CpuActivities } from '../contracts/activities.ts';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import { policySchema, type PolicyInput } from '../contracts/policy.ts';
import type { Aliases, Routes } from '../contracts/routes.ts';
import type { RunRecord, VersionRecord, VersionRef } from '../contracts/runs.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { promoted, rolledBack, wayBack } from '../domain/aliases.ts';
import type { DefinedModel } from '../models/define.ts';

export interface RegistryDeps {
  store: ObjectStore;
  loadModel: (name: string) => Promise<DefinedModel>;
  definitionDigest: (name: string) => Promise<string>;
  now: () => Date;
}

type RegistryActivities = Pick<CpuActivities, 'planRun' | 'currentChampion' | 'promoteAliases' | 'rollbackAliases' | 'recordRun' | 'rollbackTarget'>;

/** Definitions, versions, aliases and run records. Each is safe to repeat: reads, absolute writes, or compare-and-set fenced by the routes' epoch. */
export function createRegistryActivities({ store, loadModel, definitionDigest, now }: RegistryDeps): RegistryActivities {
  return {
    async planRun({ model, policy, seed = 1 }) {
      const defined = await loadModel(model);
      return { model, definition: await definitionDigest(model), policy: withOverride(model, defined.policy, policy ?? {}), seed };
    },

    async currentChampion({ model }) {
      const aliases = await readAliases(store, model);
      return aliases?.champion == null ? null : refOf(await readVersion(store, model, aliases.champion));
    },

    async promoteAliases({ model, run, champion, epoch }) {
      const aliases = await updateJson<Aliases>(store, keys.aliases(model), (current) => promoted(current, champion.version, epoch, run, now().toISOString()));
      crashPoint('aliases-after-change');
      return aliases!;
    },

    async rollbackAliases({ model, by, epoch, to }) {
      return (await updateJson<Aliases>(store, keys.aliases(model), (current) => rolledBack(current, to, epoch, by, now().toISOString())))!;
    },

    async rollbackTarget({ model, to }) {
      const aliases = await readAliases(store, model);
      const routes = await readJson<Routes>(store, keys.routes(model));
      const champion = aliases?.champion == null ? null : refOf(await readVersion(store, model, aliases.champion));
      const version = to ?? wayBack(aliases, routes);
      if (version === null) throw new NightjarError('NothingToRollBackTo', `Model ${model}.`);
      return { champion, target: refOf(await readVersion(store, model, version)) };
    },

    async recordRun(record: RunRecord) {
      await writeJson(store, keys.runRecord(record.model, record.run), record);
      // Only a version that was judged counts as tried: a run stopped earlier leaves the same data worth another night.
      if (record.gate && record.snapshot)
        await writeJson(store, keys.lastTried(record.model), {
          snapshot: record.snapshot,
          definition: record.definition,
          run: record.run,
          outcome: record.outcome,
        });
    },
  };
}

export const readAliases = (store: ObjectStore, model: string): Promise<Aliases | null> => readJson<Aliases>(store, keys.aliases(model));

/** Throws UnknownVersion. */
export async function readVersion(store: ObjectStore, model: string, version: number): Promise<VersionRecord> {
  const record = await readJson<VersionRecord>(store, keys.version(model, version));
  if (!record) throw new NightjarError('UnknownVersion', `${model}@${version}.`);
  return record;
}

/** Each part of the policy is overridden as a whole field by field, then checked like a definition's. */
function withOverride(model: string, policy: PolicyInput, override: Partial<PolicyInput>) {
  const merged = Object.fromEntries(Object.entries(policy).map(([part, fields]) => [part, { ...fields, ...override[part as keyof PolicyInput] }]));
  const unknown = Object.keys(override).find((part) => !(part in policy));
  if (unknown) throw new NightjarError('InvalidDefinition', `${model}: policy.${unknown} is not a part of the policy.`);
  const parsed = policySchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new NightjarError('InvalidDefinition', `${model}: policy.${issue.path.join('.')}: ${issue.message}.`);
}

const refOf = ({ version, digest }: VersionRef): VersionRef => ({ version, digest });
