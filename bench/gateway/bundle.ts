import { writeBundle } from '../../adapters/bundles.ts';
import type { Instance } from '../../contracts/bundle.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { referenceSketches } from '../../domain/drift/reference.ts';
import { scoreOf } from '../../domain/drift/score.ts';
import { seededRandom } from '../../domain/random.ts';
import { loadModel } from '../../models/load.ts';
import { bytesOf } from '../../models/weights.ts';

/** As many items as MovieLens 100k has. */
const ITEMS = 1682;
const PEOPLE = 400;

/** A request of someone who took 5 to 60 things. */
export function shopper(seed: number): Instance {
  const random = seededRandom(seed);
  return { user: `u-${seed}`, history: Array.from({ length: 5 + random.below(56) }, () => String(random.below(ITEMS))) };
}

/**
 * A bundle of the real recommender in its real size, with the weights that training starts from: answering takes as long whatever they are.
 * @param seed another seed makes another version
 */
export async function storeBundle(store: ObjectStore, seed: number): Promise<string> {
  const { name, task, signature, learner } = await loadModel('recommendation');
  const people = Array.from({ length: PEOPLE }, (_, i) => shopper(i));
  const everything = { user: 'all', history: Array.from({ length: ITEMS }, (_, item) => String(item)) };
  const { encoders, network, parameters } = await learner.fit(rowsOf([everything, ...people]), seededRandom(seed));
  const learned = {
    'network.json': Buffer.from(JSON.stringify(network)),
    'weights.bin': Buffer.concat(parameters.map(({ values }) => bytesOf(values))),
    'encoders.json': Buffer.from(JSON.stringify(encoders)),
  };
  const predictor = await learner.open(learned, signature);
  const answers = await predictor.predict(people);
  const described = {
    'signature.json': signature,
    'golden.json': people.slice(0, 5).map((instance, i) => ({ instance, prediction: answers[i] })),
    'sketches.json': referenceSketches(people, answers.map(scoreOf), ['user']),
  };
  predictor.dispose();

  const json = Object.fromEntries(Object.entries(described).map(([path, value]) => [path, Buffer.from(JSON.stringify(value))]));
  const about = {
    format: 1,
    model: name,
    task,
    run: 'bench',
    snapshot: 'synthetic',
    definition: 'bench',
    seed,
    backend: predictor.backend,
    packages: {},
    metrics: {},
  } as const;
  return (await writeBundle(store, about, { ...learned, ...json })).digest;
}

async function* rowsOf(people: Instance[]): AsyncIterable<Instance> {
  yield* people;
}
