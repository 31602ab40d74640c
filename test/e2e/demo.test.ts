import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../adapters/package-root.ts';
import { stackProcesses } from '../../clients/stack/leftovers.ts';
import { stackFolder, type StackFolder } from '../../clients/stack/folder.ts';
import { livingStack } from '../../clients/stack/record.ts';
import type { NightJson } from '../../clients/demo/outcome.ts';
import { missing } from '../support/engines.ts';
import { commandLine, type CommandLine } from '../support/nightjar.ts';

/** On a machine with other work the nights take several times the three minutes that they take on two quiet cores. */
const NIGHTS_MS = 20 * 60_000;

let cli: CommandLine;
let folder: StackFolder;
beforeEach(() => {
  cli = commandLine();
  folder = stackFolder(join(cli.dir, 'demo'));
});
afterEach(() => cli.remove());

describe.skipIf(missing('temporal') || missing('s3'))('the demo', () => {
  it(
    'is the life of one model, and leaves nothing running',
    async () => {
      const { code, json, said } = await cli.run('demo', '--exit');
      const { nights, ui } = json as { nights: NightJson[]; ui: string };
      expect(
        nights.map(({ outcome }) => outcome),
        said,
      ).toEqual(['promoted', 'promoted', 'unchanged', 'rolled-back']);
      expect(code).toBe(0);
      expect(ui).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const [first, better, , broken] = nights;
      expect(first).toMatchObject({ version: 1, gate: 'first-version', exposures: 0 });
      expect(better!.online!.challenger).toBeGreaterThan(better!.online!.champion);
      // The offline test likes the renumbered night far too much; shoppers do not, and few of them have seen it.
      expect(broken!.gate).toBe('suspicious');
      expect(broken!.metrics['hitRate@10']).toBeGreaterThan(1.35 * broken!.championMetrics['hitRate@10']!);
      expect(broken!.online!.challenger).toBeLessThan(broken!.online!.champion);
      expect(broken!.exposures).toBeLessThan(3000);
      expect(nights.map(({ failedVisits }) => failedVisits)).toEqual([0, 0, 0, 0]);

      expect(livingStack(folder)).toBeNull();
      expect(stackProcesses(folder)).toEqual([]);
    },
    NIGHTS_MS,
  );

  it(
    'ends its last night otherwise when nothing is wrong with the delivery',
    async () => {
      const { json, said } = await cli.run('demo', '--exit', '--healthy');
      const last = (json as { nights: NightJson[] }).nights[3]!;
      expect(last.outcome, said).toBe('promoted');
      expect(last.online!.challenger).toBeGreaterThan(last.online!.champion);
    },
    NIGHTS_MS,
  );

  it('stops in the middle of a night when it is told to, and leaves nothing running', async () => {
    const demo = spawn(process.execPath, [join(packageRoot(), 'bin/nightjar.mjs'), 'demo', '--dir', cli.dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((resolve) => {
      let printed = '';
      demo.stdout.on('data', (text: Buffer) => {
        printed += text.toString();
        if (printed.includes('train 2/7')) resolve();
      });
    });
    demo.kill('SIGINT');
    const [code] = (await once(demo, 'exit')) as [number];
    expect(code).toBe(0);
    expect(livingStack(folder)).toBeNull();
    expect(stackProcesses(folder)).toEqual([]);
  });
});
