import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ownIdentity } from '../../adapters/process-identity.ts';
import { freshStack } from '../../clients/demo/demo.ts';
import { stackFolder, type StackFolder } from '../../clients/stack/folder.ts';

const silent = { say: () => {}, print: () => {}, show: () => {} };
let folder: StackFolder;
beforeEach(() => {
  vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example:7233');
  folder = stackFolder(mkdtempSync(join(tmpdir(), 'nightjar-demo-')));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder.root, { recursive: true, force: true });
});

it('a demo that runs is left alone: its folder is not thrown away', async () => {
  mkdirSync(folder.data);
  writeFileSync(folder.record, JSON.stringify(ownIdentity()));
  await expect(freshStack(folder, silent)).rejects.toMatchObject({ type: 'DemoRunning' });
  expect(existsSync(folder.data)).toBe(true);
});

it('a Temporal that the environment names is not touched', async () => {
  writeFileSync(folder.record, JSON.stringify(ownIdentity()));
  await expect(freshStack(folder, silent)).rejects.toThrow();
  expect(process.env.TEMPORAL_ADDRESS).toBeUndefined();
});
