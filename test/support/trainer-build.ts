import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../adapters/package-root.ts';

/** The trainer as it runs, bundled like dist/, but with the models of test/fixtures. */
export async function buildTrainer(models: string[]): Promise<{ path: string; remove: () => Promise<void> }> {
  const root = packageRoot();
  await mkdir(join(root, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(root, '.cache', 'test-trainer-')); // below the project, where its packages are found
  const model = (name: string) => ({ in: join(root, 'test/fixtures/models', name, 'model.ts'), out: `models/${name}/model` });
  await build({
    entryPoints: [{ in: join(root, 'workers/trainer.ts'), out: 'workers/trainer' }, ...models.map(model)],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  });
  return { path: join(folder, 'workers/trainer.js'), remove: () => rm(folder, { recursive: true, force: true }) };
}
