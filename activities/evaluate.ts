import { setImmediate } from 'node:timers/promises';
import { join } from 'node:path';
import { readBundle } from '../adapters/bundles.ts';
import { readParquetRows } from '../adapters/duckdb.ts';
import { putRef } from '../adapters/objects.ts';
import { downloadSnapshot } from '../adapters/snapshots.ts';
import type { CpuActivities } from '../contracts/activities.ts';
import type { Instance, Predictor, Signature } from '../contracts/bundle.ts';
import { keys } from '../contracts/ids.ts';
import type { GateResult, VersionRef } from '../contracts/runs.ts';
import type { Settings } from '../contracts/settings.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { compare, type Comparison, type Contest } from '../domain/gate/comparison.ts';
import { brokenVerdict, gateVerdict } from '../domain/gate/verdict.ts';
import type { Cases } from '../domain/metrics/metric.ts';
import { usablePrediction } from '../domain/metrics/predictions.ts';
import { fitBaseline } from '../models/baselines.ts';
import type { DefinedModel } from '../models/define.ts';
import type { LearnerFiles } from '../models/learner.ts';
import { beating, type Pulse } from './beating.ts';
import { perUnitValues, scoredRows, type GateEvidence } from './evaluate/evidence.ts';
import { declaredMetrics } from './evaluate/metrics.ts';
import { readTestRows, type TestRows } from './evaluate/test-rows.ts';
import { openTrained } from './train/trained.ts';

export interface EvaluateDeps extends Pulse {
  store: ObjectStore;
  loadModel(name: string): Promise<DefinedModel>;
  settings: Pick<Settings, 'NIGHTJAR_HOME'>;
}

type Input = Parameters<CpuActivities['evaluate']>[0];
type Findings = Pick<GateEvidence, 'verdict' | 'reasons' | 'metrics' | 'slices' | 'perUnit' | 'scored'>;

const BATCH_ROWS = 512;

/** Challenger, champion and baseline on the same newest test rows, then the gate. Repeatable: it writes nothing but its evidence, by digest. */
export function createEvaluateActivities(deps: EvaluateDeps): Pick<CpuActivities, 'evaluate'> {
  return { evaluate: (input) => beating(deps, () => evaluate(deps, input)) };
}

async function evaluate(deps: EvaluateDeps, input: Input): Promise<GateResult> {
  const model = await deps.loadModel(input.model);
  const snapshot = await downloadSnapshot(deps.store, input.snapshot.digest, join(deps.settings.NIGHTJAR_HOME, 'snapshots'));
  const rows = await readTestRows(snapshot.path('test.parquet'), model);
  const findings = await judge(deps, input, model, rows, snapshot.path('train.parquet'));

  const { run, snapshot: ref, trained, champion, plan } = input;
  const evidence: GateEvidence = {
    model: model.name,
    run,
    snapshot: ref.digest,
    seed: plan.seed,
    policy: plan.policy.gate,
    challenger: trained.weights.sha256,
    champion,
    units: rows.units,
    ...findings,
  };
  const { verdict, reasons, metrics } = findings;
  return { verdict, reasons, metrics, testUnits: rows.units, evidence: await putRef(deps.store, keys.evidence, JSON.stringify(evidence)) };
}

async function judge(deps: EvaluateDeps, { trained, champion, plan }: Input, model: DefinedModel, rows: TestRows, trainPath: string): Promise<Findings> {
  const metrics = declaredMetrics(model, plan.policy.gate);
  const answers = await answersOf(await model.learner.open(await openTrained(deps.store, trained), model.signature), rows.instances);
  const broken = answers.filter((prediction) => !usablePrediction(prediction, model.task)).length;
  if (broken > 0) return { ...brokenVerdict(broken, answers.length), metrics: [], slices: [], perUnit: {}, scored: null };

  const baseline = await fitBaseline(model, readParquetRows(trainPath));
  const cases = (predictions: unknown[]): Cases => ({ unitOf: rows.unitOf, truths: rows.truths, predictions, popularity: baseline.popularity });
  const contest: Contest = {
    units: rows.units,
    challenger: cases(answers),
    champion: champion && cases(await answersOf(await openVersion(deps.store, model, champion), rows.instances)),
    baseline: cases(baseline.predict(rows.instances)),
    slices: rows.slices,
  };
  const comparison = await finished(compare(contest, metrics, plan.policy.gate, plan.seed));
  return {
    ...gateVerdict(comparison, metrics, plan.policy.gate, rows.units, champion === null),
    metrics: comparison.metrics,
    slices: comparison.slices,
    perUnit: perUnitValues(contest, metrics),
    scored: model.task === 'binary' ? scoredRows(contest) : null,
  };
}

/** The champion as it serves: from its bundle, every byte checked. Throws BundleRefused. */
async function openVersion(store: ObjectStore, model: DefinedModel, { digest }: VersionRef): Promise<Predictor> {
  const { files } = await readBundle(store, digest);
  return model.learner.open(files as LearnerFiles, JSON.parse(files['signature.json']!.toString('utf8')) as Signature);
}

async function answersOf(predictor: Predictor, instances: Instance[]): Promise<unknown[]> {
  try {
    const answers: unknown[] = [];
    for (let start = 0; start < instances.length; start += BATCH_ROWS) {
      answers.push(...(await predictor.predict(instances.slice(start, start + BATCH_ROWS))));
      await setImmediate();
    }
    return answers;
  } finally {
    predictor.dispose();
  }
}

/** Runs the bootstrap to its end; between its steps heartbeats get their turn. */
async function finished(steps: Generator<void, Comparison>): Promise<Comparison> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}
