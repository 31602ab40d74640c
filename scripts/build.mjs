// Bundles the process entry points and the workflows into dist/. Quick when nothing changed; safe when two run at once.
import { createHash, randomUUID } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['activities', 'adapters', 'bench', 'clients', 'contracts', 'domain', 'models', 'serving', 'workers', 'workflows'];
const ENTRIES = ['workers/main.ts', 'workers/trainer.ts', 'serving/gateway-main.ts', 'serving/model-server-main.ts', 'clients/cli.ts'];
const BUILDS_KEPT = 5;

/** Makes dist/ the build of these very sources; false when there is none yet. */
export const takeBuild = () => take(wantedBuild());

/** Builds unless dist/ is of these very sources. Returns {buildId, codeDigest, built}. */
export async function build() {
  const wanted = wantedBuild();
  const built = !take(wanted);
  if (built) {
    await buildInto(wanted.target, wanted.codeDigest);
    take(wanted);
    prune(dirname(wanted.target), wanted.target);
  }
  return { ...JSON.parse(readFileSync(join(wanted.target, 'build.json'), 'utf8')), built };
}

function wantedBuild() {
  const codeDigest = digestOf(sourceFiles());
  return { codeDigest, target: join(ROOT, '.cache/builds', codeDigest.slice(0, 16)) };
}

function take({ target }) {
  if (!existsSync(join(target, 'build.json'))) return false;
  point(join(ROOT, 'dist'), target);
  return true;
}

function sourceFiles() {
  const found = SOURCES.flatMap((folder) => filesBelow(join(ROOT, folder)).filter((path) => /\.(ts|json|html|css)$/.test(path)));
  return [...found, join(ROOT, 'package-lock.json'), fileURLToPath(import.meta.url)].sort();
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function digestOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(`${relative(ROOT, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  return hash.digest('hex');
}

async function buildInto(target, codeDigest) {
  const temporary = `${target}.${randomUUID()}`;
  mkdirSync(temporary, { recursive: true });
  try {
    cpSync(join(ROOT, 'models'), join(temporary, 'sources/models'), { recursive: true }); // what this build is of: models/load.ts takes its digest
    const [, buildId] = await Promise.all([bundleEntries(temporary), bundleWorkflows(join(temporary, 'workflows.js'))]);
    writeFileSync(join(temporary, 'build.json'), JSON.stringify({ buildId, codeDigest }));
    renameSync(temporary, target);
  } catch (error) {
    if (!existsSync(join(target, 'build.json'))) throw error; // otherwise another build of the same sources was first
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function bundleEntries(outdir) {
  const { build: esbuild } = await import('esbuild');
  const models = filesBelow(join(ROOT, 'models')).filter((path) => path.endsWith('/model.ts'));
  const benches = filesBelow(join(ROOT, 'bench')).filter((path) => path.endsWith('/main.ts'));
  const entryPoints = [...new Set([...ENTRIES.map((entry) => join(ROOT, entry)), ...models, ...benches])].filter((path) => existsSync(path));
  await esbuild({
    entryPoints,
    outdir,
    outbase: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: true,
    packages: 'external',
    logLevel: 'warning',
  });
}

/** The build id is the digest of what workflows run, so that only a change to workflow code makes a new one. */
async function bundleWorkflows(path) {
  const workflowsPath = join(ROOT, 'workflows/index.ts');
  if (!existsSync(workflowsPath)) return null;
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const silent = () => {};
  const warn = (message) => process.stderr.write(`${message}\n`);
  const logger = { log: silent, trace: silent, debug: silent, info: silent, warn, error: warn };
  // The names of modules are relative to the project, so that the same code has the same build id in every clone.
  const { code } = await bundleWorkflowCode({ workflowsPath, logger, webpackConfigHook: (config) => ({ ...config, context: ROOT }) });
  writeFileSync(path, code);
  const withoutSourceMap = code.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '').replaceAll(ROOT, '');
  return createHash('sha256').update(withoutSourceMap).digest('hex').slice(0, 12);
}

/**
 * dist is a link to the build: swapped in one step, and processes that run on go on with the files of the build they started with.
 */
function point(link, target) {
  const wanted = relative(dirname(link), target);
  if (linkTarget(link) === wanted) return;
  const temporary = `${link}.${randomUUID()}`;
  symlinkSync(wanted, temporary);
  renameSync(temporary, link);
}

function linkTarget(link) {
  return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(link) : null;
}

/** Removes old builds; one that a process still runs stays, or that process could not load the rest of itself. */
function prune(folder, current) {
  const old = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => path !== current && existsSync(join(path, 'build.json')))
    .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)
    .slice(BUILDS_KEPT - 1);
  if (old.length === 0) return;
  const running = commandLines();
  for (const path of old) if (!running.some((line) => line.includes(path))) rmSync(path, { recursive: true, force: true });
}

function commandLines() {
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readFileSync(`/proc/${name}/cmdline`, 'utf8')] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const started = Date.now();
  try {
    const { buildId, built } = await build();
    process.stderr.write(built ? `built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s, workflows ${buildId}\n` : '');
  } catch {
    process.stderr.write('The build failed; what is wrong is above.\n'); // esbuild and webpack have said it
    process.exitCode = 1;
  }
}
