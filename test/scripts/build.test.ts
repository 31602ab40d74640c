import { execFile } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folders: string[];
beforeEach(() => {
  folders = [];
});
afterEach(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A project with the real build script, one command and one model. */
function project(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nightjar-build-')));
  folders.push(folder);
  for (const name of ['scripts', 'clients', 'contracts', 'models/churn']) mkdirSync(join(folder, name), { recursive: true });
  cpSync('scripts/build.mjs', join(folder, 'scripts/build.mjs'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  write(folder, 'package.json', '{"type":"module"}');
  write(folder, 'package-lock.json', '{}');
  write(folder, 'contracts/words.ts', `export const WORD = 'hello';`);
  write(folder, 'clients/cli.ts', `import { WORD } from '../contracts/words.ts'; process.stdout.write(WORD);`);
  write(folder, 'models/churn/model.ts', `import { WORD } from '../../contracts/words.ts'; export default WORD;`);
  return folder;
}

/** The same with a workflow; bundling one takes a while. */
function projectWithWorkflow(): string {
  const folder = project();
  mkdirSync(join(folder, 'workflows'));
  write(folder, 'workflows/index.ts', `export { nap } from './nap.ts';`);
  write(folder, 'workflows/nap.ts', nap('1 day'));
  return folder;
}

const nap = (time: string) => `import { sleep } from '@temporalio/workflow'; export async function nap(): Promise<void> { await sleep('${time}'); }`;
const write = (folder: string, path: string, text: string) => writeFileSync(join(folder, path), text);
const run = promisify(execFile);
const build = (folder: string) => run(process.execPath, [join(folder, 'scripts/build.mjs')]);
const built = (folder: string) => JSON.parse(readFileSync(join(folder, 'dist/build.json'), 'utf8')) as { buildId: string; codeDigest: string };

describe('the build', () => {
  it('makes what runs, and makes it anew only when the sources changed', async () => {
    const folder = project();
    await build(folder);
    const first = realpathSync(join(folder, 'dist'));
    expect((await run(process.execPath, [join(folder, 'dist/clients/cli.js')])).stdout).toBe('hello');
    expect(readFileSync(join(folder, 'dist/models/churn/model.js'), 'utf8')).toContain('default');
    expect((await build(folder)).stderr).toBe('');
    expect(realpathSync(join(folder, 'dist'))).toBe(first);

    write(folder, 'contracts/words.ts', `export const WORD = 'good night';`);
    write(folder, 'models/churn/model.ts', 'export default 1;');
    expect(readFileSync(join(first, 'sources/models/churn/model.ts'), 'utf8')).toContain('WORD'); // the text of what runs, not of what was edited since
    await build(folder);
    expect((await run(process.execPath, [join(folder, 'dist/clients/cli.js')])).stdout).toBe('good night');
    // A process that was started from the build before still finds all of it.
    expect((await run(process.execPath, [join(first, 'clients/cli.js')])).stdout).toBe('hello');
  });

  it('gives workflows the same id in every clone, and another one when their code changes', async () => {
    const [here, there] = [projectWithWorkflow(), projectWithWorkflow()];
    await Promise.all([build(here), build(there)]);
    expect(built(there)).toEqual(built(here));
    const before = built(here);

    write(here, 'clients/cli.ts', `process.stdout.write('other');`);
    await build(here);
    expect(built(here).buildId).toBe(before.buildId);
    expect(built(here).codeDigest).not.toBe(before.codeDigest);

    write(here, 'workflows/nap.ts', nap('2 days'));
    await build(here);
    expect(built(here).buildId).not.toBe(before.buildId);
  });

  it('run twice at once leaves one whole build', async () => {
    const folder = project();
    await Promise.all([build(folder), build(folder)]);
    expect(lstatSync(join(folder, 'dist')).isSymbolicLink()).toBe(true);
    expect((await run(process.execPath, [join(folder, 'dist/clients/cli.js')])).stdout).toBe('hello');
  });

  it('that fails leaves the one before', async () => {
    const folder = project();
    await build(folder);
    write(folder, 'clients/cli.ts', `import { gone } from './gone.ts'; gone();`);
    await expect(build(folder)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('gone.ts') });
    expect((await run(process.execPath, [join(folder, 'dist/clients/cli.js')])).stdout).toBe('hello');
  });
});
