import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ENGINES, findEngine, type EngineName } from '../../adapters/engines/locate.ts';
import { packageRoot } from '../../adapters/package-root.ts';
import { addCommand, type CommonOptions } from '../command.ts';
import { table } from '../table.ts';

interface Finding {
  what: string;
  present: boolean;
  /** Where or which, or how to get it. */
  detail: string;
  needed: boolean;
}

interface DoctorOptions extends CommonOptions {
  fix?: boolean;
}

export function addDoctor(program: Command): void {
  addCommand<DoctorOptions>(
    program,
    'doctor',
    'what is present, what is missing and how to get it',
    (command) => command.option('--fix', 'get what is missing; builds the native TensorFlow binding where a compiler is present'),
    async (_folder, { fix }) => {
      if (fix) repair();
      const findings = [node(), python(), ...(Object.keys(ENGINES) as EngineName[]).map(engine), native(), compiler()];
      const missing = findings.filter(({ present, needed }) => needed && !present);
      return {
        json: { ok: missing.length === 0, findings },
        text: table(
          ['', 'what', ''],
          findings.map(({ what, present, needed, detail }) => [present ? 'ok' : needed ? 'MISSING' : 'not there', what, detail]),
        ),
        next: missing.length > 0 ? '`npx nightjar doctor --fix`' : '`npx nightjar up`, or `npm run demo`',
        exitCode: missing.length > 0 ? 1 : 0,
      };
    },
  );
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return { what: 'Node', present: major > 20 || (major === 20 && minor >= 3), detail: `${process.versions.node} (20.3 or newer)`, needed: true };
}

function python(): Finding {
  const pip = spawnSync('python3', ['-m', 'pip', '--version'], { encoding: 'utf8' });
  const present = pip.status === 0;
  return {
    what: 'Python with pip',
    present,
    detail: present ? pip.stdout.trim() : 'fetches the engines; Debian: apt-get install python3-pip',
    needed: !findEngine('temporal') || !findEngine('s3'),
  };
}

function engine(name: EngineName): Finding {
  const { what, version } = ENGINES[name];
  const found = findEngine(name);
  const test = name === 'test-server';
  return {
    what,
    present: found !== null,
    detail: found ? `${found.path ?? 'a running server'} (${found.source})` : `${version}: node scripts/bootstrap.mjs${test ? ' --test' : ''}`,
    needed: !test,
  };
}

/** Optional: training is faster with it; without it the wasm backend is used. */
function native(): Finding {
  const present = nativeBinding();
  return {
    what: 'TensorFlow, native binding',
    present: present !== null,
    detail: present ?? 'not needed: wasm is used; `npx nightjar doctor --fix` builds it',
    needed: false,
  };
}

function nativeBinding(): string | null {
  const roots = [join(packageRoot(), 'package.json'), join(packageRoot(), '.cache/native/package.json')];
  for (const root of roots.filter((path) => existsSync(path))) {
    try {
      const home = join(createRequire(root).resolve('@tensorflow/tfjs-node/package.json'), '..');
      const binding = ['napi-v8', 'napi-v10', 'napi-v9'].map((folder) => join(home, 'lib', folder, 'tfjs_binding.node')).find((path) => existsSync(path));
      if (binding) return binding;
    } catch {
      // not installed there
    }
  }
  return null;
}

function compiler(): Finding {
  const found = spawnSync('g++', ['--version'], { encoding: 'utf8' });
  return {
    what: 'C++ compiler',
    present: found.status === 0,
    detail: found.status === 0 ? (found.stdout.split('\n')[0] ?? '') : 'only for the native binding; Debian: apt-get install g++',
    needed: false,
  };
}

/** Both are repeatable and leave alone what is there. */
function repair(): void {
  const run = (script: string, ...flags: string[]) =>
    execFileSync(process.execPath, [join(packageRoot(), 'scripts', script), ...flags], { stdio: ['ignore', 2, 2] });
  run('bootstrap.mjs');
  if (compiler().present && !nativeBinding()) run('native-binding.mjs');
}
