import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../../adapters/package-root.ts';

const ENTRIES = { 'model-server': 'test/support/serving/tiny-model-server.ts', gateway: 'serving/gateway-main.ts' } as const;

/** Bundles a program of the serving tests as scripts/build.mjs does, so that a real process can be started and killed. */
export async function program(name: keyof typeof ENTRIES): Promise<string> {
  const folder = join(packageRoot(), '.cache/test-programs');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(packageRoot(), ENTRIES[name])],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
  });
  return outfile;
}
