import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NightjarError } from '../../contracts/errors.ts';
import { packageRoot } from '../package-root.ts';
import pinned from './pinned.json' with { type: 'json' };

export type EngineName = keyof typeof pinned;

/** What scripts/bootstrap.mjs found for an engine; `path` is missing where a running server is configured by `source`. */
export interface FoundEngine {
  source: string;
  path?: string;
}

export const ENGINES = pinned;

/** What the last bootstrap found, or null when it did not look or the program is gone. */
export function findEngine(name: EngineName): FoundEngine | null {
  const record = join(packageRoot(), '.cache', 'engines.json');
  if (!existsSync(record)) return null;
  const found = (JSON.parse(readFileSync(record, 'utf8')) as Partial<Record<EngineName, FoundEngine>>)[name];
  return found && (!found.path || existsSync(found.path)) ? found : null;
}

/** Path of an engine's program. Throws EngineMissing. */
export function engineProgram(name: EngineName): string {
  const path = findEngine(name)?.path;
  if (!path) throw new NightjarError('EngineMissing', `${pinned[name].what}: run \`node scripts/bootstrap.mjs${name === 'test-server' ? ' --test' : ''}\`.`);
  return path;
}
