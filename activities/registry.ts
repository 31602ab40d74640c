import { crashPoint } from '../adapters/crash-points.ts';
import { updateJson, writeJson } from '../adapters/objects.ts';
import { aliasesOf, routesOf, versionOf } from '../adapters/registry.ts';
import type { CpuActivities } from '../contracts/activities.ts';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import { policySchema, type PolicyInput } from '../contracts/policy.ts';
import type { Aliases } from '../contracts/routes.ts';
import type { RunRecord, VersionRef } from '../contracts/runs.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { promoted, rolledBack, wayBack } from '../domain/aliases.ts';
import { seenRoutes } from '../domain/routes.ts';
import type { DefinedModel } from '../models/define.ts';
import { declaredMetrics } from './evaluate/metrics.ts';

export interface RegistryDeps {
  store: ObjectStore;
  loadModel: (name: string) => Promise<DefinedModel>;
  definitionDigest: (name: string) => Promise<string>;
  now: () => Date;
}

type RegistryActivities = Pick<CpuActivities, 'planRun' | 'currentChampion' | 'promoteAliases' | 'rollbackAliases' | 'recordRun' | 'rollbackTarget'>;

/** Definitions, versions, aliases and run records. Each is safe to repeat: reads, absolute writes, or compare-and-set fenced by the routes' epoch. */
export function createRegistryActivities({ store, loadModel, definitionDigest, now }: RegistryDeps): RegistryActivities {
  const championOf = async (aliases: Aliases | null, model: string): Promise<VersionRef | null> =>
    aliases?.champion == null ? null : refOf(await versionOf(store, model, aliases.champion));
  return {
    async planRun({ model, policy, seed = 1 }) {
      const defined = await loadModel(model);
      const whole = withOverride(model, defined.policy, policy ?? {});
      declaredMetrics(defined, whole.gate); // a misspelt one is told now, not after hours of training
      return { model, definition: await definitionDigest(model), policy: whole, seed };
    },

    async currentChampion({ model }) {
      const { epoch } = seenRoutes(await routesOf(store, model)); // first: what is decided after it makes the epoch an old one
      return { champion: await championOf(await aliasesOf(store, model), model), epoch };
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
      const routes = await routesOf(store, model); // first, for the same reason
      const aliases = await aliasesOf(store, model);
      const version = to ?? wayBack(aliases, routes);
      if (version === null) throw new NightjarError('NothingToRollBackTo', `Model ${model}.`);
      return { champion: await championOf(aliases, model), target: refOf(await versionOf(store, model, version)), seen: seenRoutes(routes) };
    },

    async recordRun(record: RunRecord) {
      await writeJson(store, keys.runRecord(record.model, record.run), record);
      // Only a version that was judged counts as tried: a run stopped earlier leaves the same data worth another night.
      if (record.gate && record.snapshot && record.outcome !== 'failed' && record.outcome !== 'cancelled')
        await writeJson(store, keys.lastTried(record.model), {
          snapshot: record.snapshot,
          definition: record.definition,
          run: record.run,
          outcome: record.outcome,
        });
    },
  };
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
