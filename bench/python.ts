import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Programs of a Python environment of its own below the folder, with these packages (`name==version`) from the index that pip is set to; made once. */
export async function pythonPrograms(folder: string, packages: string[]): Promise<string> {
  const programs = join(folder, 'bin');
  const python = join(programs, 'python');
  if (!existsSync(python)) await promisify(execFile)('python3', ['-m', 'venv', folder]);
  await promisify(execFile)(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  return programs;
}
