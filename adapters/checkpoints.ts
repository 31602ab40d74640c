import { NightjarError } from '../contracts/errors.ts';
import type { ObjectStore, Ref } from '../contracts/store.ts';
import { crashPoint } from './crash-points.ts';
import { getRef, putRef, readJson, sha256, updateJson } from './objects.ts';

/** What a training is at some step: small state as JSON, the rest as shards of bytes. */
export interface Checkpoint<State> {
  step: number;
  /** What the training was started on (snapshot, definition, seed); a ledger holds checkpoints of one training only. */
  fingerprint: string;
  state: State;
  shards: Record<string, Buffer>;
}

interface CheckpointManifest<State> extends Omit<Checkpoint<State>, 'shards'> {
  format: 1;
  sequence: number;
  /** Claim of the attempt that wrote it. */
  claim: number;
  /** Key of the checkpoint it was trained on from. */
  parent: string | null;
  shards: Record<string, Ref>;
}

/**
 * The checkpoints of one run under `<prefix>/<sequence>/`: shards first, the manifest last, so that a checkpoint is whole or is none.
 * Reading goes back until one is whole: a torn or corrupt write costs one interval of training, never the run.
 */
export interface CheckpointLedger<State> {
  /** The newest whole checkpoint of this fingerprint, leaving out the `skip` newest ones; null when there is none. */
  load(fingerprint: string, skip?: number): Promise<Checkpoint<State> | null>;
  /** Writes a checkpoint and prunes old ones. Throws LedgerTaken when another attempt has claimed the run. */
  save(checkpoint: Checkpoint<State>): Promise<Ref>;
  /** This attempt ends for a reason that has nothing to do with the training (a full disk); it does not count as one without progress. */
  excuse(): Promise<void>;
}

/** Who claims a run. */
export interface Claimant<Owner> {
  owner: Owner;
  attempt: AttemptOrder;
}

/** Which attempt is the newer one: of an activity scheduled later, also when another pool took the training over; of the same, the higher number. */
export interface AttemptOrder {
  /** Milliseconds since the epoch. */
  scheduledAt: number;
  number: number;
}

/** A rewind after a NaN needs the one before the newest; a corrupt one besides is survived. */
const KEPT = 3;
/** More would repeat what cannot work, such as a network that does not fit into memory. */
const ATTEMPTS_WITHOUT_PROGRESS = 5;
const MANIFEST = 'manifest.json';

/**
 * Claims the run for one attempt and opens its ledger. From now on older attempts, which may still run on a host that was given up
 * for lost, cannot write. Throws LedgerTaken when a newer attempt has it, and TrainerCannotFinish when too many have ended without a checkpoint.
 * @param onTakeover called with the owner before, after the claim stands
 */
export async function openLedger<State, Owner>(
  store: ObjectStore,
  prefix: string,
  { owner, attempt }: Claimant<Owner>,
  onTakeover: (before: Owner) => Promise<void> = async () => {},
): Promise<CheckpointLedger<State>> {
  /** `fruitless`: attempts, this one too, that found `sequence` to be the newest checkpoint. */
  type Claim = { claim: number; owner: Owner; attempt: AttemptOrder; sequence: number; fruitless: number };
  const claimKey = `${prefix}/claim.json`;
  const newest = sequenceOf((await manifestKeys(store, prefix)).at(-1));
  let before: Claim | null = null;
  const mine = (await updateJson<Claim>(store, claimKey, (current) => {
    before = current;
    if (current && isSame(current, { owner, attempt })) return (before = null); // the store had it, only its answer was lost
    if (current && isOlder(attempt, current.attempt)) throw new NightjarError('LedgerTaken', `${prefix}: this is attempt ${attempt.number}.`);
    const fruitless = current?.sequence === newest ? current.fruitless : 0;
    if (fruitless >= ATTEMPTS_WITHOUT_PROGRESS) throw new NightjarError('TrainerCannotFinish', `${prefix}: ${fruitless} attempts since checkpoint ${newest}.`);
    return { claim: (current?.claim ?? 0) + 1, owner, attempt, sequence: newest, fruitless: fruitless + 1 };
  }))!.claim;
  if (before) await onTakeover((before as Claim).owner);
  let parent: string | null = null;

  return {
    async load(fingerprint, skip = 0) {
      for (const key of (await manifestKeys(store, prefix)).reverse()) {
        const found = await readWhole<State>(store, key, fingerprint);
        if (!found || skip-- > 0) continue;
        parent = key;
        return found;
      }
      return null;
    },

    async save({ step, fingerprint, state, shards }) {
      const sequence = 1 + sequenceOf((await manifestKeys(store, prefix)).at(-1));
      const folder = folderOf(prefix, sequence);
      const refs: Record<string, Ref> = {};
      for (const [name, bytes] of Object.entries(shards)) {
        refs[name] = await putRef(store, (digest) => `${folder}/${name}-${digest}`, bytes);
        crashPoint('checkpoint-between-shards');
      }
      crashPoint('checkpoint-before-manifest');
      const standing = await readJson<Claim>(store, claimKey);
      if (standing?.claim !== mine) throw new NightjarError('LedgerTaken', `${prefix}: claim ${standing?.claim} stands; this is claim ${mine}.`);
      const manifest: CheckpointManifest<State> = { format: 1, sequence, claim: mine, parent, step, fingerprint, state, shards: refs };
      const sealed = seal(manifest);
      const key = `${folder}/${MANIFEST}`;
      // Only where nothing stands: an older attempt that passed the check above in the same moment must not be overwritten half-way.
      if (!(await store.create(key, sealed))) throw new NightjarError('Conflict', `${key} was written by another attempt.`);
      crashPoint('checkpoint-after-manifest');
      parent = key;
      await prune(store, prefix);
      return { key, sha256: sha256(sealed), bytes: Buffer.byteLength(sealed) };
    },

    async excuse() {
      await updateJson<Claim>(store, claimKey, (current) => (current?.claim === mine ? { ...current, fruitless: current.fruitless - 1 } : null));
    },
  };
}

const isSame = <Owner>(one: Claimant<Owner>, other: Claimant<Owner>): boolean =>
  JSON.stringify([one.owner, one.attempt]) === JSON.stringify([other.owner, other.attempt]);

const isOlder = (one: AttemptOrder, other: AttemptOrder): boolean =>
  one.scheduledAt < other.scheduledAt || (one.scheduledAt === other.scheduledAt && one.number < other.number);

async function manifestKeys(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${prefix}/`)) if (key.endsWith(`/${MANIFEST}`)) keys.push(key);
  return keys;
}

const folderOf = (prefix: string, sequence: number): string => `${prefix}/${String(sequence).padStart(8, '0')}`;
const sequenceOf = (manifestKey: string | undefined): number => Number(manifestKey?.split('/').at(-2) ?? 0);

async function readWhole<State>(store: ObjectStore, key: string, fingerprint: string): Promise<Checkpoint<State> | null> {
  const manifest = unseal<State>((await store.get(key))?.body);
  if (manifest?.fingerprint !== fingerprint) return null;
  const shards: Record<string, Buffer> = {};
  for (const [name, ref] of Object.entries(manifest.shards)) {
    try {
      shards[name] = await getRef(store, ref);
    } catch (error) {
      if ((error as Error).name !== 'ObjectCorrupt') throw error;
      return null;
    }
  }
  return { step: manifest.step, fingerprint, state: manifest.state, shards };
}

/** Old manifests go before their shards, so that no reader finds one without them. */
async function prune(store: ObjectStore, prefix: string): Promise<void> {
  for (const manifest of (await manifestKeys(store, prefix)).slice(0, -KEPT)) {
    await store.remove(manifest);
    for await (const { key } of store.list(manifest.slice(0, -MANIFEST.length))) await store.remove(key);
  }
}

/** The manifest with its own digest, because nothing else vouches for it. */
const seal = (manifest: unknown): string => JSON.stringify({ sha256: sha256(JSON.stringify(manifest)), manifest });

function unseal<State>(body: Buffer | undefined): CheckpointManifest<State> | null {
  try {
    const sealed = JSON.parse(body!.toString('utf8')) as { sha256: string; manifest: CheckpointManifest<State> };
    return sha256(JSON.stringify(sealed.manifest)) === sealed.sha256 ? sealed.manifest : null;
  } catch {
    return null;
  }
}
