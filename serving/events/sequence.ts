import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeDurably } from '../../adapters/durable-files.ts';

/** Numbers the segments of one model and gateway; a number is given once, whatever dies. */
export interface Sequence {
  take(): Promise<number>;
}

export async function openSequence(home: string, model: string, gateway: string): Promise<Sequence> {
  const path = join(home, 'events', model, `${gateway}.sequence`);
  await mkdir(dirname(path), { recursive: true });
  const known = await readFile(path, 'utf8').catch(() => null);
  let next = known ? Number(known) : 1;
  return {
    async take() {
      // The number is spent before a file bears it: after a kill in between there is a gap, never a second use.
      await writeDurably(path, String(next + 1));
      return next++;
    },
  };
}
