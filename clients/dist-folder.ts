import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the build that this process runs; from the sources (tests) the newest one. Its real path: dist/ is swapped when the sources change. */
export function distFolder(from = dirname(fileURLToPath(import.meta.url))): string {
  if (existsSync(join(from, 'build.json'))) return from;
  if (existsSync(join(from, 'package.json'))) return realpathSync(join(from, 'dist'));
  return distFolder(dirname(from));
}
