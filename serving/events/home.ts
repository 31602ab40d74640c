import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { NightjarError } from '../../contracts/errors.ts';
import { writeDurably } from '../../adapters/durable-files.ts';
import { ownIdentity, runs, type ProcessIdentity } from '../../adapters/process-identity.ts';

/** A gateway's own folder of event segments, held by one process at a time. */
export interface EventHome {
  /** `<home>`; a segment lies at `<home>/<its key in the object store>`. */
  home: string;
  /** Name of the gateway in segment keys; stays the same for this home. */
  gateway: string;
  release(): Promise<void>;
}

/** Takes the home for this process. Throws HomeTaken while another gateway lives in it: two would use the same sequence numbers. */
export async function takeHome(home: string): Promise<EventHome> {
  const folder = join(home, 'events');
  const lock = join(folder, 'gateway.lock');
  await mkdir(folder, { recursive: true });
  await takeLock(lock);
  const gateway = await gatewayName(join(folder, 'gateway.json'));
  return { home, gateway, release: () => rm(lock, { force: true }) };
}

async function takeLock(lock: string): Promise<void> {
  const mine = `${lock}.${process.pid}`;
  await writeFile(mine, JSON.stringify(ownIdentity()));
  try {
    // link() is atomic and, unlike a rename, never replaces another's lock; the lock appears with its content.
    if (await linked(mine, lock)) return;
    await removeStale(lock, `${mine}.stale`);
    if (!(await linked(mine, lock))) throw taken(lock, 'another gateway was quicker');
  } finally {
    await rm(mine, { force: true });
  }
}

async function removeStale(lock: string, aside: string): Promise<void> {
  const holder = await holderOf(lock);
  if (holder && runs(holder)) throw taken(lock, `process ${holder.pid} holds it`);
  await rename(lock, aside).catch(() => undefined);
  // Between the look and the rename another may have taken the lock: then what was moved is theirs, and goes back.
  const moved = await holderOf(aside);
  if (moved && runs(moved)) {
    await linked(aside, lock);
    throw taken(lock, `process ${moved.pid} holds it`);
  }
  await rm(aside, { force: true });
}

async function holderOf(lock: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(lock, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const taken = (lock: string, why: string): NightjarError => new NightjarError('HomeTaken', `${lock}: ${why}.`);

async function gatewayName(path: string): Promise<string> {
  const known = await readFile(path, 'utf8').catch(() => null);
  if (known) return (JSON.parse(known) as { gateway: string }).gateway;
  const gateway = `g${randomBytes(4).toString('hex')}`;
  await writeDurably(path, JSON.stringify({ gateway }));
  return gateway;
}
