import { bundleFileKey, MANIFEST } from '../../../adapters/bundles.ts';
import { sha256, writeJson } from '../../../adapters/objects.ts';
import type { BundleManifest, GoldenQuery } from '../../../contracts/bundle.ts';
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
  const files = Object.entries(contents).map(([path, content]) => ({ path, body: JSON.stringify(content) }));
  const manifest: BundleManifest = {
    format: 1,
    model: options.model ?? 'tiny',
    task: 'regression',
    files: files.map(({ path, body }) => ({ path, sha256: sha256(body), bytes: Buffer.byteLength(body) })),
    run: 'run-1',
    snapshot: 's1',
    definition: 'd1',
    seed: 1,
    backend: 'arithmetic',
    packages: {},
    metrics: {},
  };
  const body = JSON.stringify(manifest);
  const digest = sha256(body);
  for (const file of files) await store.put(bundleFileKey(digest, file.path), file.body);
  await store.put(bundleFileKey(digest, MANIFEST), body);
  return digest;
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
