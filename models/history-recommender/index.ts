import type { Instance, Signature } from '../../contracts/bundle.ts';
import { NightjarError } from '../../contracts/errors.ts';
import type { Random } from '../../domain/random.ts';
import type { Row } from '../define.ts';
import type { Fitted, Learner, LearnerFiles, TrainingDeclaration } from '../learner.ts';
import { fitItems, itemEncoder } from './encoder.ts';
import { batchesPerEpoch, drawEpoch } from './examples.ts';
import { initialParameters, type HistoryNetwork } from './network.ts';
import { openHistoryPredictor } from './predictor.ts';

export interface HistoryRecommenderOptions {
  /** Field of a request that names the unit; checked to be there, never seen by the network. */
  unit: string;
  training: TrainingDeclaration;
  hidden?: number;
}

/** How many of the newest items are seen with their age, and how much less each counts than the one after it. */
const RECENT = { recent: 10, decay: 0.8 };
/** How many of the items after a cut are to be predicted. */
const LOOK_AHEAD = 5;
/** More than half forgets too much of short histories; less lets a small data set be learned by heart. */
const DROPOUT = 0.4;
/** Length of an answer. */
const LENGTH = 10;

/**
 * Recommends what someone will want next from what they took so far. It never sees who they are, so it serves people it has never seen.
 *
 * Inputs: which items the history holds, and the newest ten by age. One hidden layer; a softmax over all items, trained to give the
 * next five of random cuts. Rows: `history`, a list of item ids, oldest first. Requests: the unit and `history`; ids it does not
 * know are ignored, and with an empty history it answers with what people begin with. Answers: `items`, best first and never one of
 * the history (fewer than ten when no more are left), and `scores`, their probabilities.
 */
export function historyRecommender({ unit, training, hidden = 200 }: HistoryRecommenderOptions): Learner {
  const check = (instance: Instance): void => {
    checkUnit(instance, unit);
    checkHistory(instance);
  };
  return {
    training,
    check,
    async fit(rows, random) {
      const histories = await readHistories(rows);
      const encoders = fitItems(histories);
      const encode = itemEncoder(encoders);
      const network: HistoryNetwork = { items: encoders.items.length, hidden, ...RECENT };
      return fittedOn(histories.map(encode), network, encoders, random);
    },
    open: (files: LearnerFiles, signature: Signature) => openHistoryPredictor(files, signature, check, LENGTH),
  };

  function fittedOn(sequences: Int32Array[], network: HistoryNetwork, encoders: unknown, random: Random): Fitted {
    const { batchSize, epochs } = training;
    return {
      encoders,
      network,
      parameters: initialParameters(network, random),
      batchSize,
      epochs,
      stepsPerEpoch: batchesPerEpoch(sequences, batchSize),
      shuffle: (epochRandom) => drawEpoch(network, sequences, { batchSize, lookAhead: LOOK_AHEAD, dropout: DROPOUT }, epochRandom),
    };
  }
}

async function readHistories(rows: AsyncIterable<Row>): Promise<string[][]> {
  const histories: string[][] = [];
  for await (const { history } of rows) {
    if (!isListOfStrings(history)) throw new NightjarError('InvalidDefinition', 'refresh.examples: column history must be a list of item ids (VARCHAR[]).');
    if (history.length > 0) histories.push(history);
  }
  if (histories.length === 0) throw new NightjarError('InvalidDefinition', 'refresh.examples: no training row has a history.');
  return histories;
}

function checkUnit(instance: Instance, unit: string): void {
  const value = instance[unit];
  if (typeof value !== 'string' || value === '') throw new NightjarError('InvalidRequest', `${unit}: must be a text that is not empty.`);
}

function checkHistory({ history }: Instance): void {
  if (!isListOfStrings(history)) throw new NightjarError('InvalidRequest', 'history: must be a list of item ids (texts), oldest first.');
}

const isListOfStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
