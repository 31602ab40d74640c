import { getRef, putRef } from '../../adapters/objects.ts';
import { keys } from '../../contracts/ids.ts';
import type { Trained } from '../../contracts/runs.ts';
import type { ObjectStore, Ref } from '../../contracts/store.ts';
import type { LearnerFiles } from '../../models/learner.ts';

type TrainedManifest = Record<keyof LearnerFiles, Ref>;

/** Stores what a training ended with, by content; the list of files last, and its Ref is what travels. */
export async function storeTrained(store: ObjectStore, run: string, files: LearnerFiles): Promise<Ref> {
  const put = (body: Buffer | string) => putRef(store, (digest) => keys.trained(run, digest), body);
  const manifest: TrainedManifest = {
    'network.json': await put(files['network.json']),
    'weights.bin': await put(files['weights.bin']),
    'encoders.json': await put(files['encoders.json']),
  };
  return put(JSON.stringify(manifest));
}

/** The files that a training ended with. Throws ObjectCorrupt when any is missing or is not what its digest says. */
export async function openTrained(store: ObjectStore, trained: Pick<Trained, 'weights'>): Promise<LearnerFiles> {
  const manifest = JSON.parse((await getRef(store, trained.weights)).toString('utf8')) as TrainedManifest;
  return {
    'network.json': await getRef(store, manifest['network.json']),
    'weights.bin': await getRef(store, manifest['weights.bin']),
    'encoders.json': await getRef(store, manifest['encoders.json']),
  };
}
