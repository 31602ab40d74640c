import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../adapters/package-root.ts';

const script = join(packageRoot(), 'scripts/native-binding.mjs');

test('without a compiler it says what is missing and how to get it, and leaves nothing behind', async () => {
  const root = await mkdtemp(join(tmpdir(), 'nightjar-native-'));
  try {
    const source = `import { installNativeBinding } from ${JSON.stringify(script)}; await installNativeBinding({ root: ${JSON.stringify(root)} });`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], { env: { PATH: root } });
    await expect(run).rejects.toThrow(/No C\+\+ compiler found\. Install one/);
  } finally {
    await rm(root, { recursive: true });
  }
});
