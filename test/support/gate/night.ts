import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluateActivities } from '../../../activities/evaluate.ts';
import { createPackageActivities } from '../../../activities/package.ts';
import { createReportActivities } from '../../../activities/report.ts';
import { storeTrained } from '../../../activities/train/trained.ts';
import { openDuckDb } from '../../../adapters/duckdb.ts';
import { fileDigest } from '../../../adapters/file-digest.ts';
import { putRef, sha256 } from '../../../adapters/objects.ts';
import { keys } from '../../../contracts/ids.ts';
import type { GateResult, RunPlan, Trained, VersionRecord, VersionRef } from '../../../contracts/runs.ts';
import type { Outcome } from '../../../contracts/stages.ts';
import type { SnapshotManifest, SnapshotRef } from '../../../contracts/snapshot.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import type { DefinedModel } from '../../../models/define.ts';
import { lineFiles, lineModel } from './line-model.ts';

/** Test rows of the line model: y = 2x + noise, one customer each, three regions. */
const ROWS = `SELECT 'customer-' || i AS customer, i / 100.0 AS x, 2 * i / 100.0 + ((i * 7919) % 100) / 500.0 AS y,
  ['north', 'south', 'west'][(i % 3 + 1)::INTEGER] AS region, ['a' || i % 5, 'b' || i % 7] AS bought FROM range($ROWS) AS t(i)`;

/** The stages between training and approval on a store, driven as the workflow does. */
export class Night {
  readonly home = mkdtempSync(join(tmpdir(), 'nightjar-gate-'));
  readonly store: ObjectStore;
  readonly model: DefinedModel;
  private readonly plan: RunPlan;

  constructor(store: ObjectStore, gate: Parameters<typeof lineModel>[0] = {}) {
    this.store = store;
    this.model = lineModel(gate);
    this.plan = { model: 'line', definition: sha256('definition'), policy: this.model.policy, seed: 1 };
  }

  async snapshot(testRows = 300): Promise<SnapshotRef> {
    const database = await openDuckDb();
    const files: SnapshotManifest['files'] = [];
    for (const [path, rows] of [
      ['train.parquet', 500],
      ['test.parquet', testRows],
    ] as const) {
      const local = join(this.home, path);
      await database.copyToParquet(ROWS.replace('$ROWS', String(rows)), local);
      files.push({ path, sha256: await fileDigest(local), bytes: 1 });
    }
    database.close();
    const manifest: SnapshotManifest = {
      format: 1,
      model: 'line',
      definition: this.plan.definition,
      sources: [],
      files,
      schema: [{ column: 'x', type: 'DOUBLE' }],
      trainRows: 500,
      testRows,
    };
    const body = JSON.stringify(manifest);
    const digest = sha256(body);
    for (const { path } of files) await this.store.putFile(`${keys.snapshot(digest)}/${path}`, join(this.home, path));
    await this.store.put(`${keys.snapshot(digest)}/manifest.json`, body);
    return { digest, trainRows: 500, testRows };
  }

  async trained(slope: number, run: string): Promise<Trained> {
    const curve = await putRef(this.store, (digest) => keys.trained(run, digest), '{"epoch":1,"step":10,"loss":0.5}\n{"epoch":2,"step":20,"loss":0.25}\n');
    return {
      weights: await storeTrained(this.store, run, lineFiles(slope)),
      backend: 'line',
      steps: 20,
      epochs: 2,
      resumedAtStep: 0,
      learningRate: 0.1,
      loss: 0.25,
      seconds: 1,
      curve,
    };
  }

  evaluate(snapshot: SnapshotRef, trained: Trained, champion: VersionRef | null, run: string): Promise<GateResult> {
    return createEvaluateActivities(this.deps()).evaluate({ model: 'line', run, snapshot, trained, champion, plan: this.plan });
  }

  package(snapshot: SnapshotRef, trained: Trained, gate: GateResult, run: string): Promise<VersionRecord> {
    return createPackageActivities(this.deps()).packageVersion({ model: 'line', run, snapshot, trained, gate, plan: this.plan });
  }

  report(version: VersionRecord, outcome: Outcome, reason: string): Promise<{ key: string }> {
    return createReportActivities(this.deps()).writeReport({ model: 'line', run: version.run, version, outcome, reason, rollout: null });
  }

  /** From weights to a version. */
  async version(slope: number, run: string, champion: VersionRef | null = null, testRows?: number): Promise<{ record: VersionRecord; gate: GateResult }> {
    const snapshot = await this.snapshot(testRows);
    const trained = await this.trained(slope, run);
    const gate = await this.evaluate(snapshot, trained, champion, run);
    return { record: await this.package(snapshot, trained, gate, run), gate };
  }

  close(): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  private deps() {
    return {
      store: this.store,
      loadModel: () => Promise.resolve(this.model),
      packagesInUse: () => Promise.resolve({ node: '20' }),
      settings: { NIGHTJAR_HOME: this.home },
      heartbeat() {},
      now: () => new Date('2026-01-02T03:04:05Z'),
    };
  }
}
