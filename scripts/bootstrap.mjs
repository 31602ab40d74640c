// Gets what a fresh clone lacks: npm dependencies and the engines, pinned by hash. Needs nothing but Node, npm and Python with pip;
// repeatable, quick when everything is there. `--test` also gets what only tests need.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CannotHave, ROOT, findEngine, say } from './find-engine.mjs';

function main(flags) {
  checkNode();
  installDependencies();
  linkCommand();
  const wanted = ['temporal', 's3', ...(flags.includes('--test') ? ['test-server'] : [])];
  const found = Object.fromEntries(wanted.map((name) => [name, findEngine(name)]));
  record(found);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 3)) throw new CannotHave(`Node ${process.versions.node} is too old. Install Node 20.3 or newer.`);
}

/** The lock file that npm leaves in node_modules names what is installed; it is compared with the project's. */
function installDependencies() {
  if (dependenciesMatch()) return;
  say('installing the npm dependencies (npm ci) …');
  const done = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (done.error) throw new CannotHave(`npm cannot be started (${done.error.message}). It comes with Node; install it.`);
  if (done.status !== 0 && !dependenciesMatch())
    throw new CannotHave('npm ci failed; what it said is above. Check the network and the registry that npm is set to (npm config get registry).');
}

function dependenciesMatch() {
  const installed = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || present[path]?.version === entry.version || (!present[path] && (entry.optional || entry.peer)),
  );
}

/** npm makes no link for the project's own command, and `npx nightjar` looks there. */
function linkCommand() {
  const link = join(ROOT, 'node_modules/.bin/nightjar');
  if (existsSync(link)) return;
  const temporary = `${link}.${randomUUID()}`;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync('../../bin/nightjar.mjs', temporary);
  renameSync(temporary, link);
}

/** Where each engine is, for every process of the project: `.cache/engines.json`. */
function record(found) {
  const path = join(ROOT, '.cache/engines.json');
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '{}';
  const after = JSON.stringify({ ...JSON.parse(before), ...found }, null, 2);
  if (after === before) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, after);
  renameSync(`${path}.${process.pid}`, path);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CannotHave)) throw error;
  say(`bootstrap: ${error.message}`);
  process.exitCode = 1;
}
