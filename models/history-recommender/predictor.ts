import type { Tensor } from '@tensorflow/tfjs';
import type { Instance, Predictor, Signature } from '../../contracts/bundle.ts';
import { NightjarError } from '../../contracts/errors.ts';
import { servingBackend } from '../backends.ts';
import type { LearnerFiles } from '../learner.ts';
import { readWeights } from '../weights.ts';
import { bagBuilder } from './bag.ts';
import { itemEncoder, type HistoryEncoders } from './encoder.ts';
import { scores, shapesOf, type HistoryNetwork } from './network.ts';

/** What a request is answered with. */
export interface Recommendation {
  /** Best first; none of the history. */
  items: string[];
  /** Probability of each, of all items. */
  scores: number[];
}

/** Requests computed at once; bounds the memory of a large evaluation (a row takes eight bytes per item). */
const CHUNK = 256;

/** Loads a bundle's files for answering. Throws BundleRefused when they do not fit together. */
export async function openHistoryPredictor(files: LearnerFiles, signature: Signature, check: (instance: Instance) => void, length: number): Promise<Predictor> {
  const encoders = JSON.parse(files['encoders.json'].toString('utf8')) as HistoryEncoders;
  const network = JSON.parse(files['network.json'].toString('utf8')) as HistoryNetwork;
  if (encoders.items.length !== network.items) throw new NightjarError('BundleRefused', 'encoders.json and network.json differ in the number of items.');
  const { tf, name } = await servingBackend();
  const weights = readWeights(tf, shapesOf(network), files['weights.bin']);
  const encode = itemEncoder(encoders);

  return {
    signature,
    backend: name,
    async predict(instances) {
      instances.forEach(check);
      const histories = instances.map((instance) => encode(instance.history as string[]));
      const answers: Recommendation[] = [];
      for (let start = 0; start < histories.length; start += CHUNK) answers.push(...(await answer(histories.slice(start, start + CHUNK))));
      return answers;
    },
    dispose: () => Object.values(weights).forEach((tensor: Tensor) => tensor.dispose()),
  };

  async function answer(histories: Int32Array[]): Promise<Recommendation[]> {
    const builder = bagBuilder(network);
    for (const history of histories) builder.add(history, history.length, () => true);
    const probabilities = tf.tidy(() => tf.softmax(scores(tf, network, weights, builder.build())));
    const flat = (await probabilities.data()) as Float32Array;
    probabilities.dispose();
    return histories.map((history, row) => best(flat.subarray(row * network.items, (row + 1) * network.items), history));
  }

  function best(probabilities: Float32Array, history: Int32Array): Recommendation {
    const open = probabilities.slice();
    for (const item of history) open[item] = -1;
    const items = highest(open, length);
    return { items: items.map((item) => encoders.items[item]!), scores: items.map((item) => probabilities[item]!) };
  }
}

/** Places of the highest values that are not negative, highest first; of equal ones the earlier first. */
function highest(values: Float32Array, count: number): number[] {
  const found: number[] = [];
  for (let place = 0; place < values.length; place++) {
    const value = values[place]!;
    if (value < 0 || (found.length === count && value <= values[found[count - 1]!]!)) continue;
    let at = found.length;
    while (at > 0 && values[found[at - 1]!]! < value) at--;
    found.splice(at, 0, place);
    if (found.length > count) found.pop();
  }
  return found;
}
