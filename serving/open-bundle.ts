import { readBundle } from '../adapters/bundles.ts';
import type { GoldenQuery, Instance, Predictor, Signature } from '../contracts/bundle.ts';
import { NightjarError } from '../contracts/errors.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { samePrediction } from '../domain/same-prediction.ts';
import type { DefinedModel } from '../models/define.ts';
import type { LearnerFiles } from '../models/learner.ts';

/** A version that has proven to answer as it did when it was packaged. */
export interface OpenBundle {
  predictor: Predictor;
  check: (instance: Instance) => void;
  golden: GoldenQuery[];
}

const NEEDED = ['network.json', 'weights.bin', 'encoders.json', 'signature.json', 'golden.json'];

/**
 * Reads a bundle, checks every byte and asks its golden queries (which also warms the network up).
 * Throws BundleRefused when it is not exactly what was packaged for this model.
 */
export async function openBundle(store: ObjectStore, digest: string, definition: DefinedModel): Promise<OpenBundle> {
  const { manifest, files } = await readBundle(store, digest);
  const refuse = (why: string, cause?: unknown) => new NightjarError('BundleRefused', `${definition.name} ${digest.slice(0, 12)}: ${why}.`, { cause });
  if (manifest.model !== definition.name) throw refuse(`it is a bundle of ${manifest.model}`);
  const missing = NEEDED.find((path) => !files[path]);
  if (missing) throw refuse(`${missing} is missing`);

  const json = <T>(path: string) => JSON.parse(files[path]!.toString('utf8')) as T;
  const predictor = await definition.learner.open(files as LearnerFiles, json<Signature>('signature.json')).catch((error: Error) => {
    throw refuse(error.message, error);
  });
  const golden = json<GoldenQuery[]>('golden.json');
  if (golden.length === 0) throw refuse('it has no golden query');
  const answers = await predictor.predict(golden.map(({ instance }) => instance)).catch((error: Error) => {
    throw refuse(`a golden query fails: ${error.message}`, error);
  });
  const wrong = golden.findIndex(({ prediction }, i) => !samePrediction(prediction, answers[i]));
  if (wrong >= 0) throw refuse(`golden query ${wrong} is answered otherwise`);
  return { predictor, check: (instance) => definition.learner.check(instance), golden };
}
