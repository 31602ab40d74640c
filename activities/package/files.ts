import { setImmediate } from 'node:timers/promises';
import { getRef } from '../../adapters/objects.ts';
import type { GoldenQuery, Instance, Predictor } from '../../contracts/bundle.ts';
import { failureType, NightjarError } from '../../contracts/errors.ts';
import type { Trained } from '../../contracts/runs.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { referenceSketches } from '../../domain/drift/reference.ts';
import { scoreOf } from '../../domain/drift/score.ts';
import { goldenInstances } from '../../domain/golden.ts';
import { usablePrediction } from '../../domain/metrics/predictions.ts';
import { seededRandom, splitSeed } from '../../domain/random.ts';
import { modelCard } from '../../domain/report/card.ts';
import type { CurvePoint, Facts } from '../../domain/report/facts.ts';
import type { DefinedModel } from '../../models/define.ts';
import type { LearnerFiles } from '../../models/learner.ts';

/** Requests that a sketch is made of; more would not move its bins. */
const SKETCHED_ROWS = 20_000;
const GOLDEN_QUERIES = 10;
const BATCH_ROWS = 512;

/**
 * The files of a bundle by path, the same for the same input.
 * @param instances the test rows as requests: they have the form of what will be asked, and scores on them are not flattered by having been learned
 */
export async function bundleFiles(
  model: DefinedModel,
  learner: LearnerFiles,
  instances: readonly Instance[],
  facts: Facts,
  seed: number,
): Promise<Record<string, Buffer>> {
  const predictor = await model.learner.open(learner, model.signature);
  try {
    const sample = evenly(instances, SKETCHED_ROWS);
    const sketches = referenceSketches(sample, await scoresOf(predictor, sample), [model.unit]);
    const golden = await goldenQueries(model, predictor, goldenInstances(model.signature, sketches, seededRandom(splitSeed(seed, 'golden')), GOLDEN_QUERIES));
    return {
      ...learner,
      'signature.json': json(model.signature),
      'golden.json': json(golden),
      'sketches.json': json(sketches),
      'curve.json': json(facts.curve),
      'facts.json': json(facts),
      'card.md': Buffer.from(modelCard(facts)),
    };
  } finally {
    predictor.dispose();
  }
}

/** The learning curve of a training: JSON lines, a point each. */
export async function readCurve(store: ObjectStore, { curve }: Trained): Promise<CurvePoint[]> {
  const lines = (await getRef(store, curve)).toString('utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as CurvePoint);
}

async function scoresOf(predictor: Predictor, instances: Instance[]): Promise<(number | null)[]> {
  const scores: (number | null)[] = [];
  for (let start = 0; start < instances.length; start += BATCH_ROWS) {
    scores.push(...(await predictor.predict(instances.slice(start, start + BATCH_ROWS))).map(scoreOf));
    await setImmediate();
  }
  return scores;
}

/** Made-up requests that the model takes; the example must be one of them. Throws InvalidRequest or BundleRefused. */
async function goldenQueries(model: DefinedModel, predictor: Predictor, instances: Instance[]): Promise<GoldenQuery[]> {
  const [example, ...others] = instances;
  model.learner.check(example!);
  const taken = [example!, ...others.filter((instance) => accepts(model, instance))];
  const predictions = await predictor.predict(taken);
  if (!predictions.every((prediction) => usablePrediction(prediction, model.task)))
    throw new NightjarError('BundleRefused', `${model.name}: a golden query has no usable answer.`);
  return taken.map((instance, i) => ({ instance, prediction: predictions[i] }));
}

function accepts(model: DefinedModel, instance: Instance): boolean {
  try {
    model.learner.check(instance);
    return true;
  } catch (error) {
    if (failureType(error) !== 'InvalidRequest') throw error;
    return false;
  }
}

/** At most `count`, spread evenly over all. */
function evenly<T>(all: readonly T[], count: number): T[] {
  const step = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(all.length, count) }, (_, i) => all[Math.floor(i * step)]!);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
