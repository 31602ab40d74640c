import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { summaryKey } from '../../contracts/events.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import type { Log } from '../log.ts';

export interface Uploader {
  /** Segments (keys) that wait for the store; their bytes are on the disk only. */
  readonly waiting: number;
  add(key: string): void;
  /** One more attempt for what waits, then stops; the rest is uploaded at the next start. */
  stop(): Promise<void>;
}

/**
 * Brings whole segments into the store, in order and for as long as it takes: a reader that has seen a segment has seen all before it.
 * Events first, summary second, then the local files go; repeated after a kill it writes the same bytes under the same keys.
 */
export function startUploader(deps: { store: ObjectStore; home: string; retrySeconds?: number; log: Log; failed?: () => void }): Uploader {
  const { store, home, log, retrySeconds = 1 } = deps;
  const keys: string[] = [];
  let stopped = false;
  let working: Promise<void> | null = null;
  let wake = () => {};

  const upload = async (key: string) => {
    for (const part of [key, summaryKey(key)]) await store.putFile(part, join(home, part));
    for (const part of [key, summaryKey(key)]) await rm(join(home, part), { force: true });
  };

  async function work() {
    while (keys.length > 0) {
      try {
        await upload(keys[0]!);
        keys.shift();
      } catch (error) {
        deps.failed?.();
        log.warn({ error: (error as Error).message, segment: keys[0], waiting: keys.length }, 'segment not uploaded; it stays on the disk');
        if (stopped) return;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, retrySeconds * 1000);
          wake = () => (clearTimeout(timer), resolve());
        });
      }
    }
  }
  const start = () => {
    working ??= work().finally(() => {
      working = null;
      if (keys.length > 0 && !stopped) start(); // added after the loop's last look
    });
  };

  return {
    get waiting() {
      return keys.length;
    },
    add(key) {
      keys.push(key);
      start();
    },
    async stop() {
      stopped = true;
      wake();
      await working;
    },
  };
}
