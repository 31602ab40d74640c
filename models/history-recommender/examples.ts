import type { Random } from '../../domain/random.ts';
import type { Batch, Epoch } from '../learner.ts';
import { bagBuilder, type Bag } from './bag.ts';
import { crossEntropy, scores, type HistoryNetwork, type Targets } from './network.ts';

export interface ExampleOptions {
  batchSize: number;
  /** How many of the items after the cut are to be predicted. */
  lookAhead: number;
  /** Share of the inputs that is zeroed in training. */
  dropout: number;
}

/** A batch with what it is made of, for whoever wants to train another network on the same. */
export interface HistoryBatch extends Batch {
  bag: Bag;
  targets: Targets;
}

/** Neighbouring cuts of one sequence teach nearly the same, so an epoch has one cut in ten of the items taken … */
const ITEMS_PER_EXAMPLE = 10;
/** … but of a small data set enough to learn from at all. */
const MIN_BATCHES = 8;

/** Steps of one epoch; every batch is full. */
export function batchesPerEpoch(sequences: readonly Int32Array[], batchSize: number): number {
  const taken = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
  return Math.max(MIN_BATCHES, Math.ceil(taken / ITEMS_PER_EXAMPLE / batchSize));
}

/**
 * One epoch: random cut points of random sequences, longer sequences in proportion; what lies before the cut is the history, the next
 * items are what is to be predicted. A cut before the first item teaches what to answer to someone unknown.
 */
export function drawEpoch(network: HistoryNetwork, sequences: readonly Int32Array[], options: ExampleOptions, random: Random): Epoch<HistoryBatch> {
  const ends = cumulativeLengths(sequences);
  const examples = batchesPerEpoch(sequences, options.batchSize) * options.batchSize;
  const drawn = Int32Array.from({ length: examples }, () => random.below(ends[ends.length - 1]!));
  return {
    batch: (position, batchRandom) =>
      fillBatch(network, sequences, ends, drawn.subarray(position * options.batchSize, (position + 1) * options.batchSize), options, batchRandom),
  };
}

function fillBatch(
  network: HistoryNetwork,
  sequences: readonly Int32Array[],
  ends: Int32Array,
  drawn: Int32Array,
  options: ExampleOptions,
  random: Random,
): HistoryBatch {
  const builder = bagBuilder(network);
  const places: number[] = [];
  const shares: number[] = [];
  // Dropout by leaving entries out while filling: tf's random numbers cost a microsecond each.
  const keep = () => random.next() >= options.dropout;
  drawn.forEach((place, example) => {
    const owner = firstAbove(ends, place);
    const sequence = sequences[owner]!;
    const cut = place - (ends[owner]! - sequence.length);
    builder.add(sequence, cut, keep);
    const next = sequence.subarray(cut, cut + options.lookAhead);
    for (const item of next) {
      places.push(example, item);
      shares.push(1 / next.length);
    }
  });
  const bag = builder.build(1 - options.dropout);
  const targets: Targets = { places: Int32Array.from(places), shares: Float32Array.from(shares) };
  return {
    examples: drawn.length,
    bag,
    targets,
    loss: (tf, weights) => crossEntropy(tf, scores(tf, network, weights, bag), targets),
  };
}

function cumulativeLengths(sequences: readonly Int32Array[]): Int32Array {
  let sum = 0;
  return Int32Array.from(sequences, (sequence) => (sum += sequence.length));
}

/** Index of the first element above `value`, by halving. */
function firstAbove(ascending: Int32Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
