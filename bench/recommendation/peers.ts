import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../adapters/package-root.ts';
import { seededRandom, splitSeed } from '../../domain/random.ts';
import { bagBuilder, slots } from '../../models/history-recommender/bag.ts';
import { itemEncoder, type HistoryEncoders } from '../../models/history-recommender/encoder.ts';
import type { HistoryBatch } from '../../models/history-recommender/examples.ts';
import type { HistoryNetwork } from '../../models/history-recommender/network.ts';
import type { Fitted, Learner } from '../../models/learner.ts';
import type { Person, Quality } from './protocol.ts';

export const KERAS = ['tensorflow-cpu==2.21.0', 'keras==3.15.1'];

/** The very examples of a training with this seed, and the questions, as files that Python reads. */
export async function writeTask(folder: string, learner: Learner, people: Person[], seed: number): Promise<void> {
  const fitted = await learner.fit(streamed(people), seededRandom(splitSeed(seed, 'initial parameters')));
  const network = fitted.network as HistoryNetwork;
  const encoders = fitted.encoders as HistoryEncoders;
  const encode = itemEncoder(encoders);
  const { epochs, batchSize, stepsPerEpoch } = fitted;
  await writeEpochs(folder, fitted, seed);
  const questions = bagBuilder(network);
  for (const { history } of people) questions.add(encode(history), history.length, () => true);
  await writeBatches(
    join(folder, 'test'),
    [{ bag: questions.build(), targets: { places: new Int32Array(), shares: new Float32Array() } }],
    slots(network.recent),
  );
  const task = {
    items: network.items,
    hidden: network.hidden,
    slots: slots(network.recent),
    epochs,
    batchSize,
    steps: epochs * stepsPerEpoch,
    learningRate: learner.training.learningRate,
    histories: people.map(({ history }) => [...encode(history)]),
    last: people.map(({ next }) => encode(next)[0] ?? null), // null: nobody took it before, so no network knows it
  };
  await writeFile(join(folder, 'task.json'), JSON.stringify(task));
}

async function writeEpochs(folder: string, fitted: Fitted, seed: number): Promise<void> {
  const random = seededRandom(seed);
  for (let number = 0; number < fitted.epochs; number++) {
    const epoch = fitted.shuffle(random);
    const batches = Array.from({ length: fitted.stepsPerEpoch }, (_, position) => epoch.batch(position, random) as HistoryBatch);
    await writeBatches(join(folder, `epoch-${number}`), batches, slots((fitted.network as HistoryNetwork).recent));
  }
}

async function writeBatches(folder: string, batches: Pick<HistoryBatch, 'bag' | 'targets'>[], slotCount: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const columns: Record<'rows' | 'cells' | 'gains' | 'places' | 'shares', Uint8Array[]> = { rows: [], cells: [], gains: [], places: [], shares: [] };
  let examples = 0;
  for (const { bag, targets } of batches) {
    const before = examples;
    columns.rows.push(bytes(bag.rows.slice(0, -1)));
    columns.cells.push(bytes(bag.cells.slice(0, -1).map((cell) => cell + before * slotCount)));
    columns.gains.push(bytes(bag.gains));
    columns.places.push(bytes(targets.places.map((place, i) => (i % 2 === 0 ? place + before : place))));
    columns.shares.push(bytes(targets.shares));
    examples += bag.examples;
  }
  for (const [name, parts] of Object.entries(columns)) await writeFile(join(folder, name), Buffer.concat(parts));
}

export const askKeras = (python: string, folder: string): Promise<Quality & { seconds: number }> => ask(python, 'keras', folder);
export const askEase = (python: string, folder: string): Promise<Quality> => ask(python, 'ease', folder);

async function ask<T>(python: string, which: string, folder: string): Promise<T> {
  const environment = { ...process.env, KERAS_BACKEND: 'tensorflow', TF_CPP_MIN_LOG_LEVEL: '3' };
  const { stdout } = await promisify(execFile)(python, [join(packageRoot(), 'bench/recommendation/peer.py'), which, folder], { env: environment });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
}

/** Python with the peers, in an environment of its own. */
export async function peerEnvironment(folder: string): Promise<string> {
  const python = join(folder, 'venv', 'bin', 'python');
  await mkdir(folder, { recursive: true });
  if (!existsSync(python)) await promisify(execFile)('python3', ['-m', 'venv', join(folder, 'venv')]);
  await promisify(execFile)(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...KERAS]);
  return python;
}

async function* streamed(people: Person[]): AsyncIterable<Record<string, unknown>> {
  yield* people.map((person) => ({ ...person }));
}

const bytes = (values: Int32Array | Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
