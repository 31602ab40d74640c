import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { packageRoot } from '../adapters/package-root.ts';
import { NightjarError } from '../contracts/errors.ts';
import type { Settings } from '../contracts/settings.ts';
import { addNativeKernels } from './native-kernels.ts';
import { mendWasmKernels } from './wasm-kernels.ts';

export type TensorFlow = typeof tf;
/** Best first: what a training takes when it is present. */
export const BACKENDS = ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

/** For answering one row wasm is quicker than the native binding, whose ops cost four times as much to call; and it is present everywhere. */
const SERVING_ORDER: readonly Backend[] = ['wasm', 'cpu'];

export interface OpenBackend {
  tf: TensorFlow;
  /** The one in use; stands in logs, status and the bundle. */
  name: Backend;
  /** Why better ones are not in use. */
  missing: string[];
}

let opened: Promise<OpenBackend> | null = null;

/**
 * Opens the first backend of `order` that this machine has, or only the one that `wanted` names. Throws NoBackend naming what is missing.
 * A process has one backend, because tfjs keeps it globally: whoever asks later gets the one that is open.
 */
export function openBackend(wanted: Settings['NIGHTJAR_BACKEND'] = 'auto', order: readonly Backend[] = BACKENDS): Promise<OpenBackend> {
  opened ??= openFirst(wanted, order).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

/** The backend that answers: the one that the process opened, or the quickest for single rows. */
export const servingBackend = (): Promise<OpenBackend> => openBackend('auto', SERVING_ORDER);

async function openFirst(wanted: Settings['NIGHTJAR_BACKEND'], order: readonly Backend[]): Promise<OpenBackend> {
  const missing: string[] = [];
  for (const name of wanted === 'auto' ? order : [wanted]) {
    try {
      await OPENERS[name]();
      await tf.ready();
      return { tf, name, missing };
    } catch (error) {
      missing.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new NightjarError('NoBackend', `${missing.join('; ')}.`);
}

const OPENERS: Record<Backend, () => Promise<void>> = {
  'tensorflow-gpu': () => openNative('@tensorflow/tfjs-node-gpu'),
  tensorflow: () => openNative('@tensorflow/tfjs-node'),
  wasm: openWasm,
  cpu: () => use('cpu'),
};

/** Looks in the installed packages, then where `nightjar doctor --fix` puts the binding that it builds; there `built.json` says that it is whole. */
async function openNative(packageName: string): Promise<void> {
  const built = join(packageRoot(), '.cache', 'native', 'built.json');
  const places = [import.meta.url, ...(existsSync(built) ? [built] : [])];
  const require = places.map((place) => createRequire(place)).find((candidate) => resolves(candidate, packageName));
  if (!require) throw new Error('not installed');
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // its start-up notes are no news
  restoreRemovedUtilities();
  require(packageName);
  await use('tensorflow');
  addNativeKernels(tf);
}

async function openWasm(): Promise<void> {
  // The bundle in dist/ has no wasm files beside it; the package does.
  setWasmPaths(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  await use('wasm');
  mendWasmKernels(tf);
}

async function use(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error('cannot be initialised');
}

/** tfjs-node 4.22 calls functions that Node 23 removed from `util`. */
function restoreRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
    isString: (value: unknown) => typeof value === 'string',
  };
  for (const [name, standIn] of Object.entries(removed)) if (!(name in util)) Object.assign(util, { [name]: standIn });
}

function resolves(require: NodeJS.Require, name: string): boolean {
  try {
    return Boolean(require.resolve(name));
  } catch {
    return false;
  }
}
