// Builds the native TensorFlow binding where a compiler is present: what `nightjar doctor --fix` does. Needs nothing but Node, npm, pip and g++.
// The package's own installer downloads an old libtensorflow from a host that many networks do not reach, and has no binding for
// current Node versions. The libraries and headers of the Python wheel fit its two source files without a patch.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PACKAGE = '@tensorflow/tfjs-node';
const PACKAGE_VERSION = '4.22.0';
const WHEEL_VERSION = '2.21.0';
/** Only the C++ libraries and headers are taken, so that any one Python version's wheel serves all. */
const WHEEL = {
  python: '311',
  platform: 'manylinux_2_27_x86_64',
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
};
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/**
 * Installs the binding into `<root>/.cache/native`, apart from node_modules: an `npm install` would remove it from there as not asked for.
 * Repeatable: what stands is kept, what broke off is done again.
 * @param {{log?: (line: string) => void, root?: string}} options
 * @returns {Promise<{path: string, built: boolean}>} the binding, and whether it had to be built
 * @throws {Error} saying what is missing and how to get it
 */
export async function installNativeBinding({ log = () => {}, root = ROOT } = {}) {
  const home = join(root, '.cache', 'native');
  const packageFolder = join(home, 'node_modules', PACKAGE);
  const binding = join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node');
  const stamp = join(home, 'built.json');
  const recipe = JSON.stringify({ package: PACKAGE_VERSION, wheel: WHEEL.sha256, node: process.versions.modules });
  if (existsSync(binding) && (await readFile(stamp, 'utf8').catch(() => '')) === recipe) return { path: binding, built: false };
  checkMachine();
  const compiler = await findCompiler();
  await mkdir(home, { recursive: true });
  await installPackage(home, packageFolder, root, log);
  const wheel = await fetchWheel(home, log);
  await unpackWheel(wheel, home, log);
  await linkLibraries(home, packageFolder);
  await compile(compiler, packageFolder, binding, await nodeHeaders(home, log), log);
  await tryIt(packageFolder);
  await writeFile(stamp, recipe);
  log(`The native binding stands in ${binding}`);
  return { path: binding, built: true };
}

function checkMachine() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`The recipe is for Linux x64; this is ${process.platform} ${process.arch}. Training runs on wasm.`);
}

async function findCompiler() {
  for (const name of [process.env.CXX, 'g++', 'clang++'].filter(Boolean)) if (await succeeds(name, ['--version'])) return name;
  throw new Error('No C++ compiler found. Install one (Debian and Ubuntu: `apt-get install g++`) and run this again.');
}

async function installPackage(home, packageFolder, root, log) {
  const installed = await readFile(join(packageFolder, 'package.json'), 'utf8').then(
    (text) => JSON.parse(text).version,
    () => null,
  );
  if (installed === PACKAGE_VERSION) return;
  log(`Installing ${PACKAGE} ${PACKAGE_VERSION} without its install script`);
  await writeFile(join(home, 'package.json'), JSON.stringify({ private: true }));
  await run('npm', [
    'install',
    '--prefix',
    home,
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    `${PACKAGE}@${PACKAGE_VERSION}`,
  ]);
  await shareTensorFlow(home, root);
}

/** tfjs keeps backends and kernels in one place for the process: the binding must use the project's own copy, which lies above. */
async function shareTensorFlow(home, root) {
  const scope = join(home, 'node_modules', '@tensorflow');
  for (const name of await readdir(scope)) {
    if (name === 'tfjs-node') continue;
    if (existsSync(join(root, 'node_modules', '@tensorflow', name))) await rm(join(scope, name), { recursive: true, force: true });
  }
}

async function fetchWheel(home, log) {
  const name = `tensorflow_cpu-${WHEEL_VERSION}-cp${WHEEL.python}-cp${WHEEL.python}-${WHEEL.platform}.whl`;
  const path = join(home, name);
  if (existsSync(path) && (await digestOf(path)) === WHEEL.sha256) return path;
  log(`Fetching tensorflow-cpu ${WHEEL_VERSION} (274 MB) for its libraries and headers`);
  const requirements = join(home, 'requirements.txt');
  await writeFile(requirements, `tensorflow-cpu==${WHEEL_VERSION} --hash=sha256:${WHEEL.sha256}\n`);
  const python = (await succeeds('python3', ['--version'])) ? 'python3' : 'python';
  const target = ['--python-version', WHEEL.python, '--implementation', 'cp', '--platform', WHEEL.platform];
  await run(python, [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
    ...target,
    '--require-hashes',
    '-r',
    requirements,
    '-d',
    home,
  ]);
  return path;
}

async function unpackWheel(wheel, home, log) {
  const unpacked = join(home, 'libtensorflow');
  if (existsSync(unpacked)) return;
  log('Unpacking libraries and headers');
  const partial = `${unpacked}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const script = [
    'import sys, zipfile',
    'wheel = zipfile.ZipFile(sys.argv[1])',
    `wanted = tuple('tensorflow/' + name for name in ['include/', ${LIBRARIES.map((name) => `'${name}'`).join(', ')}])`,
    'wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])',
  ].join('\n');
  await run('python3', ['-c', script, wheel, partial]);
  await rename(partial, unpacked);
}

async function linkLibraries(home, packageFolder) {
  const unpacked = join(home, 'libtensorflow', 'tensorflow');
  const deps = join(packageFolder, 'deps');
  await rm(deps, { recursive: true, force: true });
  await mkdir(join(deps, 'lib'), { recursive: true });
  await symlink(join(unpacked, 'include'), join(deps, 'include'));
  for (const library of LIBRARIES) await symlink(join(unpacked, library), join(deps, 'lib', library));
}

/** Headers of this Node: beside it, as distributions put them, or the stable ones of Node-API from npm. */
async function nodeHeaders(home, log) {
  const beside = join(dirname(dirname(process.execPath)), 'include', 'node');
  const found = [beside, '/usr/include/node', '/usr/include/nodejs/src'].find((folder) => existsSync(join(folder, 'node_api.h')));
  if (found) return found;
  log('Fetching node-api-headers');
  await run('npm', ['install', '--prefix', home, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--no-package-lock', 'node-api-headers@1.5.0']);
  return join(home, 'node_modules', 'node-api-headers', 'include');
}

async function compile(compiler, packageFolder, binding, headers, log) {
  log(`Compiling the binding with ${compiler} (about 30 s)`);
  await mkdir(dirname(binding), { recursive: true });
  const partial = `${binding}.partial`;
  const flags = ['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', `-I${headers}`, '-Ideps/include', '-I.'];
  const libraries = ['-Ldeps/lib', ...LIBRARIES.map((name) => `-l:${name}`), '-Wl,-rpath,$ORIGIN/../../deps/lib'];
  await run(compiler, [...flags, 'binding/tfjs_backend.cc', 'binding/tfjs_binding.cc', '-o', partial, ...libraries], packageFolder);
  await rename(partial, binding);
}

/** In a process of its own: a library that does not fit would take this one down. */
async function tryIt(packageFolder) {
  const script = `require('util').isNullOrUndefined ??= (x) => x == null; const tf = require(${JSON.stringify(packageFolder)}); if (tf.getBackend() !== 'tensorflow' || tf.add(1, 1).dataSync()[0] !== 2) process.exit(1);`;
  await run(process.execPath, ['-e', script]);
}

async function digestOf(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function succeeds(command, parameters) {
  return promisify(execFile)(command, parameters).then(
    () => true,
    () => false,
  );
}

async function run(command, parameters, cwd) {
  try {
    await promisify(execFile)(command, parameters, { cwd, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' } });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`${command} is missing. Install it and run this again.`);
    throw new Error(`${command} failed: ${(error.stderr || error.message).trim().split('\n').slice(-12).join('\n')}`);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const write = (line) => process.stdout.write(`${line}\n`);
  installNativeBinding({ log: write }).then(
    ({ path, built }) => write(built ? 'done' : `Nothing to do: ${path}`),
    (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
