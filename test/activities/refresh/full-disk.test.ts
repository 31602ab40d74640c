import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../adapters/objects.ts';
import { failureType } from '../../../contracts/errors.ts';
import { keys } from '../../../contracts/ids.ts';
import type { SnapshotRef } from '../../../contracts/snapshot.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { HEADER, openShop, orderLines } from './shop.ts';

const mayMount = process.getuid?.() === 0;
if (!mayMount) process.stderr.write('skipped: full disk (only root can mount a small file system to fill)\n');

describe.skipIf(!mayMount)('a full disk', () => {
  it('is a failure that is repeated, and leaves nothing behind', async () => {
    const store = memoryStore();
    const shop = await openShop({ store });
    execFileSync('mkdir', ['-p', shop.home]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', shop.home]);
    try {
      await shop.deliver('orders/day-1.csv', [HEADER, ...orderLines(0, 200_000)]);
      await expect(shop.refresh().catch((error: unknown) => Promise.reject(new Error(failureType(error))))).rejects.toThrow('DiskFull');
      expect(await readJson<SnapshotRef>(store, keys.latestSnapshot('returns'))).toBeNull();
      await shop.deliver('orders/day-1.csv', [HEADER, ...orderLines(0, 100)]);
      expect(await shop.refresh()).toMatchObject({ kind: 'new' });
    } finally {
      execFileSync('umount', [shop.home]);
      await shop.close();
    }
  });
});
