import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchReady } from '../../../adapters/engines/await-ready.ts';
import type { Running } from '../../../adapters/engines/processes.ts';
import { runs } from '../../../adapters/process-identity.ts';
import { keepUp, type KeptUp } from '../../../clients/stack/keep-up.ts';

let folder: string;
let kept: KeptUp | null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-keep-up-'));
  kept = null;
});
afterEach(async () => {
  await kept?.stop(0);
  rmSync(folder, { recursive: true });
});

const start = (): Promise<Running> =>
  launchReady({
    what: 'It',
    program: process.execPath,
    parameters: ['-e', `console.log('ready'); setInterval(() => {}, 1000);`],
    environment: process.env,
    log: join(folder, 'log'),
    ready: ({ output }) => output().includes('ready'),
    withinSeconds: 20,
  });

/** Settles at the next call of what it returns. */
function signal() {
  let happened = () => {};
  const next = new Promise<void>((resolve) => (happened = resolve));
  return { next, happened };
}

describe('what is kept up', () => {
  it('is started again when it is killed, and says so', async () => {
    const lines: string[] = [];
    const { next, happened } = signal();
    kept = await keepUp('it', start, (line) => lines.push(line), happened);
    const first = kept.running().identity;
    process.kill(first.pid, 'SIGKILL');
    await next;
    expect(kept.running().identity.pid).not.toBe(first.pid);
    expect(runs(kept.running().identity)).toBe(true);
    expect(kept.restarts()).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/^it ended \(killed\); starting it again. Its log: /)]);
  });

  it('is tried again when a later start fails', async () => {
    const lines: string[] = [];
    const { next, happened } = signal();
    let starts = 0;
    const failsOnce = async () => {
      starts += 1;
      if (starts === 2) throw new Error('no port yet');
      return start();
    };
    kept = await keepUp('it', failsOnce, (line) => lines.push(line), happened);
    process.kill(kept.running().identity.pid, 'SIGKILL');
    await next;
    expect(starts).toBe(3);
    expect(lines).toContain('no port yet');
  });

  it('stays down when it is stopped', async () => {
    kept = await keepUp(
      'it',
      start,
      () => undefined,
      () => undefined,
    );
    await kept.stop(5000);
    expect(runs(kept.running().identity)).toBe(false);
    expect(kept.restarts()).toBe(0);
  });

  it('must succeed the first time', async () => {
    await expect(
      keepUp(
        'it',
        () => Promise.reject(new Error('no such program')),
        () => undefined,
        () => undefined,
      ),
    ).rejects.toThrow('no such program');
  });
});
