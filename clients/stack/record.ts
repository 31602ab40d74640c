import { linkSync, renameSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { ownIdentity, runs, type ProcessIdentity } from '../../adapters/process-identity.ts';
import { readJsonFile, writeWhole, type StackFolder } from './folder.ts';

export interface StackProcess extends ProcessIdentity {
  name: string;
  log: string;
  startedAt: string;
  restarts: number;
}

/** `stack.json`: what runs, where it answers, and the environment by which a client reaches it. */
export interface StackRecord extends ProcessIdentity {
  state: 'starting' | 'up' | 'stopping';
  startedAt: string;
  ports: Record<string, number>;
  urls: { temporal: string; temporalUi: string | null; s3: string; gateway: string };
  env: Record<string, string>;
  processes: StackProcess[];
}

/** The record of a stack whose supervisor is alive, or null. */
export function livingStack(folder: StackFolder): StackRecord | null {
  const record = readJsonFile<StackRecord>(folder.record);
  return record && runs(record) ? record : null;
}

export const writeRecord = (folder: StackFolder, record: StackRecord): void => writeWhole(folder.record, JSON.stringify(record, null, 2));

/**
 * Makes this process the only supervisor of the folder. Returns null when it is, else the identity of the one that is.
 * The lock appears with its content in one step, and a lock whose owner is gone counts for nothing.
 */
export function claim(folder: StackFolder): ProcessIdentity | null {
  const mine = `${folder.lock}.${randomUUID()}`;
  writeWhole(mine, JSON.stringify(ownIdentity()));
  try {
    for (;;) {
      try {
        linkSync(mine, folder.lock);
        return null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readJsonFile<ProcessIdentity>(folder.lock);
      if (owner && runs(owner)) return owner;
      if (owner) discard(folder, owner);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Takes a dead owner's lock away; if it turns out to be a living one's, which came in between, puts it back. */
function discard(folder: StackFolder, dead: ProcessIdentity): void {
  const aside = `${folder.lock}.${randomUUID()}`;
  try {
    renameSync(folder.lock, aside);
  } catch {
    return; // another one took it away
  }
  const taken = readJsonFile<ProcessIdentity>(aside);
  if (taken?.pid !== dead.pid || taken.startTime !== dead.startTime) linkSync(aside, folder.lock);
  rmSync(aside);
}

export const release = (folder: StackFolder): void => rmSync(folder.lock, { force: true });
