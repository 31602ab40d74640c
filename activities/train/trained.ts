import { dirname } from 'node:path/posix';
import { getRef, putRef } from '../../adapters/objects.ts';
import { keys } from '../../contracts/ids.ts';
import type { Trained } from '../../contracts/runs.ts';
import type { ObjectStore, Ref } from '../../contracts/store.ts';
import type { LearnerFiles } from '../../models/learner.ts';

/** Beside its files; without their keys, so that the same training has the same digest in every run. */
type TrainedManifest = Record<keyof LearnerFiles, Omit<Ref, 'key'>>;

/** Stores what a training ended with, by content; the list of files last, and its Ref is what travels. */
export async function storeTrained(store: ObjectStore, run: string, files: LearnerFiles): Promise<Ref> {
  const put = (body: Buffer | string) => putRef(store, (digest) => keys.trained(run, digest), body);
  const putFile = async (body: Buffer) => {
    const { sha256, bytes } = await put(body);
    return { sha256, bytes };
  };
  const manifest: TrainedManifest = {
    'network.json': await putFile(files['network.json']),
    'weights.bin': await putFile(files['weights.bin']),
    'encoders.json': await putFile(files['encoders.json']),
  };
  return put(JSON.stringify(manifest));
}

/** The files that a training ended with. Throws ObjectCorrupt when any is missing or is not what its digest says. */
export async function openTrained(store: ObjectStore, { weights }: Pick<Trained, 'weights'>): Promise<LearnerFiles> {
  const manifest = JSON.parse((await getRef(store, weights)).toString('utf8')) as TrainedManifest;
  const read = (name: keyof LearnerFiles) => getRef(store, { ...manifest[name], key: `${dirname(weights.key)}/${manifest[name].sha256}` });
  return { 'network.json': await read('network.json'), 'weights.bin': await read('weights.bin'), 'encoders.json': await read('encoders.json') };
}
