import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../adapters/package-root.ts';

const COPIED = ['activities', 'adapters', 'bin', 'clients', 'contracts', 'domain', 'models', 'scripts', 'serving', 'workers', 'workflows'];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'test/fixtures/models/habit.ts', '.cache/engines.json'];

/** A clone of the project with more models, as a shop has one: what runs there is built by its own `bin/nightjar.mjs`. */
export function projectWith(models: readonly string[]): string {
  const root = packageRoot();
  const project = mkdtempSync(join(tmpdir(), 'nightjar-project-'));
  for (const path of [...COPIED, ...FILES]) cpSync(join(root, path), join(project, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  for (const model of models) {
    mkdirSync(join(project, 'models', model));
    writeFileSync(join(project, 'models', model, 'model.ts'), definition(model));
  }
  return project;
}

const definition = (model: string): string => `import { habit } from '../../test/fixtures/models/habit.ts';\n\nexport default habit('${model}');\n`;
