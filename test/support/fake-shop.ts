import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../contracts/activities.ts';
import { policySchema, type Policy, type PolicyInput } from '../../contracts/policy.ts';
import type { Aliases, Routes } from '../../contracts/routes.ts';
import type { GateResult, LookReport, RunRecord, Trained, VersionRecord } from '../../contracts/runs.ts';
import { promoted, rolledBack, wayBack } from '../../domain/aliases.ts';
import { claim, nextRoutes, seenRoutes, sentBack } from '../../domain/routes.ts';
import { failureType } from '../../contracts/errors.ts';

export const HIT = { name: 'hit', kind: 'rate', good: true } as const;
const ref = (key: string) => ({ key, sha256: 'f'.repeat(64), bytes: 1 });

export const policyOf = (parts: Partial<PolicyInput> = {}): Policy => policySchema.parse({ rollout: { primary: HIT }, ...parts });

export const gateOf = (verdict: GateResult['verdict']): GateResult => ({
  verdict,
  reasons: [`The gate says ${verdict}.`],
  metrics: [{ metric: 'hitRate@10', challenger: 0.5, champion: 0.4, baseline: 0.2, difference: 0.1, low: 0.05, high: 0.15, role: 'primary' }],
  testUnits: 500,
  evidence: ref('evidence/gate.json'),
});

export const lookOf = (verdict: LookReport['verdict'], challengerUnits = 300): LookReport => ({
  verdict,
  reasons: [`The judge says ${verdict}.`],
  looks: 3,
  units: { champion: 900, challenger: challengerUnits },
  rows: [],
  logSrm: 0,
  evidence: ref('evidence/look.json'),
});

export const TRAINED: Trained = {
  weights: ref('runs/r/final.json'),
  backend: 'cpu',
  steps: 10,
  epochs: 1,
  resumedAtStep: 0,
  learningRate: 0.001,
  loss: 0.5,
  seconds: 1,
  curve: ref('runs/r/curve.jsonl'),
};

export interface Shop {
  activities: Partial<Activities>;
  aliases: () => Aliases | null;
  routes: () => Routes | null;
  records: RunRecord[];
  servers: Set<number>;
  /** Percent of every route that was set, in order. */
  percents: number[];
}

/** A shop in memory whose activities keep the real rules for aliases and routes; the model has a champion unless told otherwise. */
export function fakeShop({ policy = policyOf(), champion = 1, ...overrides }: { policy?: Policy; champion?: number | null } & Partial<Activities> = {}): Shop {
  const versionOf = (version: number): VersionRecord => ({
    model: 'm',
    version,
    digest: `digest-${version}`,
    bytes: 10,
    run: 'r',
    snapshot: 's',
    definition: 'd',
    metrics: {},
    createdAt: '',
  });
  let aliases: Aliases | null = champion === null ? null : promoted(null, champion, 1, 'before', new Date(0).toISOString());
  let routes: Routes | null = null;
  let next = (champion ?? 0) + 1;
  const records: RunRecord[] = [];
  const servers = new Set<number>(champion === null ? [] : [champion]);
  const percents: number[] = [];
  const fenced = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw ApplicationFailure.nonRetryable((error as Error).message, failureType(error));
    }
  };
  if (champion !== null)
    routes = nextRoutes(
      claim(null, 'm', 'before', ''),
      {
        model: 'm',
        epoch: 1,
        step: 1,
        owner: 'before',
        champion: { version: champion, digest: `digest-${champion}` },
        challenger: null,
        rollout: null,
        percent: 0,
        warm: null,
      },
      '',
    );

  const activities: Partial<Activities> = {
    planRun: async ({ model, seed = 1 }) => ({ model, definition: 'd', policy, seed }),
    refresh: async () => ({ kind: 'new', snapshot: { digest: 's', trainRows: 100, testRows: 50 } }),
    train: async () => TRAINED,
    currentChampion: async () => ({
      champion: aliases?.champion == null ? null : { version: aliases.champion, digest: `digest-${aliases.champion}` },
      ...seenRoutes(routes),
    }),
    evaluate: async () => gateOf(aliases?.champion == null ? 'first-version' : 'pass'),
    packageVersion: async () => versionOf(next++),
    ensureServer: async ({ version, digest }) => (
      servers.add(version),
      { digest, goldenAnswered: 5, p50Milliseconds: 1, p99Milliseconds: 2, backend: 'cpu', bytes: 10 }
    ),
    wakeServer: async ({ version }) => void servers.add(version),
    retireServers: async ({ versions }) => (versions.forEach((version) => servers.delete(version)), { retired: versions }),
    planRollout: async () => ({ events: 100, units: 1000, hours: 1, unitsPerHour: 1000 }),
    watchRollout: async () => lookOf('PROMOTE'),
    claimRoutes: async ({ model, owner }) => (routes = fenced(() => claim(routes, model, owner, ''))),
    sendBack: async (wanted) => {
      const sent = sentBack(routes, wanted, '');
      routes = sent ?? routes;
      return sent;
    },
    setRoutes: async (wanted) => {
      routes = fenced(() => nextRoutes(routes, wanted, ''));
      percents.push(routes.percent);
      return routes;
    },
    promoteAliases: async ({ champion: { version }, epoch, run }) => (aliases = fenced(() => promoted(aliases, version, epoch, run, ''))),
    rollbackAliases: async ({ to, epoch, by }) => (aliases = fenced(() => rolledBack(aliases, to, epoch, by, ''))),
    rollbackTarget: async () => {
      const back = wayBack(aliases, routes)!;
      return {
        champion: { version: aliases!.champion!, digest: `digest-${aliases!.champion}` },
        target: { version: back, digest: `digest-${back}` },
        seen: seenRoutes(routes),
      };
    },
    writeReport: async () => ({ key: 'report' }),
    recordRun: async (record) => void records.push(record),
    observe: async () => ({
      until: new Date(0).toISOString(),
      exposures: 1000,
      drifted: [],
      logDecay: 0,
      decayed: false,
      champion: aliases?.champion ?? null,
      lastGood: null,
      promotedAt: null,
    }),
    ...overrides,
  };
  return { activities, aliases: () => aliases, routes: () => routes, records, servers, percents };
}
