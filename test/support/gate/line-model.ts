import type { Instance, Predictor, Signature } from '../../../contracts/bundle.ts';
import { NightjarError } from '../../../contracts/errors.ts';
import type { PolicyInput } from '../../../contracts/policy.ts';
import { defineModel, type DefinedModel } from '../../../models/define.ts';
import type { Learner, LearnerFiles } from '../../../models/learner.ts';

const signature: Signature = {
  unit: 'customer',
  inputs: {
    customer: { type: 'string', required: true, doc: '' },
    x: { type: 'number', required: true, doc: '' },
    region: { type: 'string', required: true, doc: '' },
    bought: { type: 'string[]', required: true, doc: '' },
  },
  outputs: { value: { type: 'number', doc: '' } },
  example: { customer: 'c-0', x: 1, region: 'north', bought: ['a'] },
};

/** Files of a model that answers `slope · x`. */
export const lineFiles = (slope: number): LearnerFiles => ({
  'network.json': Buffer.from('{}'),
  'weights.bin': Buffer.from(String(slope)),
  'encoders.json': Buffer.from('{}'),
});

const learner: Learner = {
  training: { learningRate: 0.1, batchSize: 1, epochs: 1 },
  fit: () => Promise.reject(new Error('this model is not trained')),
  check({ x, region }: Instance) {
    if (typeof x !== 'number') throw new NightjarError('InvalidRequest', 'x: must be a number.');
    if (region === 'closed') throw new NightjarError('InvalidRequest', 'region: closed.');
  },
  open(files: LearnerFiles, of: Signature): Promise<Predictor> {
    const slope = Number(files['weights.bin'].toString());
    return Promise.resolve({
      signature: of,
      backend: 'line',
      predict: (instances) => Promise.resolve(instances.map(({ x }) => ({ value: slope * Number(x) }))),
      dispose() {},
    });
  },
};

/** A regression of y on x, whose weights are one number: small enough that every figure can be worked out by hand. */
export function lineModel(gate: PolicyInput['gate'] = {}): DefinedModel {
  return defineModel({
    name: 'line',
    task: 'regression',
    unit: 'customer',
    sources: {},
    refresh: { clean: {}, examples: '', expect: [] },
    instance: ({ customer, x, region, bought }) => ({ customer, x, region, bought }),
    truth: ({ y }) => y,
    signature,
    learner,
    evaluate: { primary: 'mae', guardrails: ['rmse'], baseline: 'mean', slices: { region: ({ region }) => String(region) } },
    policy: {
      gate: { bootstrapSamples: 200, margin: 0.05, ...gate },
      rollout: { primary: { name: 'order', kind: 'rate', good: true }, unitWindowSeconds: 600 },
    },
  });
}
