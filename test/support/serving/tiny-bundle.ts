import { writeBundle } from '../../../adapters/bundles.ts';
import { writeJson } from '../../../adapters/objects.ts';
import type { GoldenQuery } from '../../../contracts/bundle.ts';
import { keys } from '../../../contracts/ids.ts';
import type { Arm, Routes } from '../../../contracts/routes.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import { referenceSketches } from '../../../domain/drift/reference.ts';
import { TINY_SIGNATURE, type TinyWeights } from './tiny-model.ts';

/** Stores a bundle of the tiny model and returns its digest. */
export async function putTinyBundle(
  store: ObjectStore,
  weights: Partial<TinyWeights> = {},
  options: { model?: string; golden?: GoldenQuery[] } = {},
): Promise<string> {
  const whole: TinyWeights = { slope: 1, fault: 'none', ...weights };
  const instances = [1, 2, 3].map((x) => ({ customer: `c${x}`, x }));
  const golden = options.golden ?? instances.map((instance) => ({ instance, prediction: { score: whole.slope * instance.x } }));
  const contents: Record<string, unknown> = {
    'network.json': {},
    'weights.bin': whole,
    'encoders.json': {},
    'signature.json': TINY_SIGNATURE,
    'golden.json': golden,
    'sketches.json': referenceSketches(
      instances,
      instances.map(({ x }) => whole.slope * x),
      ['customer'],
    ),
  };
  const files = Object.fromEntries(Object.entries(contents).map(([path, content]) => [path, Buffer.from(JSON.stringify(content))]));
  const about = {
    format: 1,
    model: options.model ?? 'tiny',
    task: 'regression',
    run: 'run-1',
    snapshot: 's1',
    definition: 'd1',
    seed: 1,
    backend: 'arithmetic',
    packages: {},
    metrics: {},
  } as const;
  return (await writeBundle(store, about, files)).digest;
}

/** Sets the traffic without asking anybody; a test of the fence uses the activity. */
export const putRoutes = (store: ObjectStore, champion: Arm | null, others: Partial<Routes> = {}, model = 'tiny'): Promise<void> =>
  writeJson(store, keys.routes(model), {
    model,
    epoch: 1,
    step: 1,
    owner: 'test',
    champion,
    challenger: null,
    rollout: null,
    percent: 0,
    warm: null,
    changedAt: '',
    ...others,
  } satisfies Routes);
