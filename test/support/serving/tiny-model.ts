import type { Instance } from '../../../contracts/bundle.ts';
import { NightjarError } from '../../../contracts/errors.ts';
import { defineModel, type DefinedModel } from '../../../models/define.ts';

/** `weights.bin` of the tiny model. A fault strikes instances with x above 1000, so that golden queries pass. */
export interface TinyWeights {
  slope: number;
  fault: 'none' | 'throw' | 'hang' | 'die' | 'infinite';
}

export const TINY_SIGNATURE = {
  unit: 'customer',
  inputs: { customer: { type: 'string', required: true, doc: '' }, x: { type: 'number', required: true, doc: '' } },
  outputs: { score: { type: 'number', doc: 'slope · x' } },
  example: { customer: 'c1', x: 2 },
} as const;

function check(instance: Instance): void {
  if (typeof instance.x !== 'number') throw new NightjarError('InvalidRequest', 'x: must be a number.');
}

const FAULTS: Record<TinyWeights['fault'], () => Promise<number> | number> = {
  none: () => 0,
  throw: () => {
    throw new Error('the network broke');
  },
  hang: () => new Promise<number>(() => {}),
  die: () => process.kill(process.pid, 'SIGKILL') && 0,
  infinite: () => Infinity,
};

/** The smallest model there is: {score: slope · x}. */
export const tinyModel = (name = 'tiny'): DefinedModel =>
  defineModel({
    name,
    task: 'regression',
    unit: 'customer',
    sources: {},
    refresh: { clean: {}, examples: '', expect: [] },
    instance: (row) => row,
    truth: (row) => row.y,
    signature: TINY_SIGNATURE,
    learner: {
      training: { learningRate: 1, batchSize: 1, epochs: 1 },
      fit: () => Promise.reject(new Error('the tiny model is never trained')),
      check,
      async open(files, signature) {
        const { slope, fault } = JSON.parse(files['weights.bin'].toString()) as TinyWeights;
        const answer = async (x: number) => ({ score: slope * x + (x > 1000 ? await FAULTS[fault]() : 0) });
        return {
          signature,
          backend: 'arithmetic',
          predict: (instances) => Promise.all(instances.map(({ x }) => answer(x as number))),
          dispose: () => undefined,
        };
      },
    },
    evaluate: { primary: 'mae', guardrails: [], baseline: 'mean' },
    policy: { rollout: { primary: { name: 'hit', kind: 'rate', good: true } } },
  });
