// Run after adding a dependency: a registry mirror that lacks packages for other systems leaves holes in package-lock.json, and `npm ci`
// refuses a lock with holes, everywhere. Optional packages that are named but not listed are added with what their name says of the system.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const holes = Object.entries(lock.packages).flatMap(([parent, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !standsFor(parent, name))
    .map(([name, version]) => [
      `node_modules/${name}`,
      { version, ...(entry.dev && { dev: true }), license: entry.license, optional: true, ...systemOf(name) },
    ]),
);
lock.packages = Object.fromEntries([...Object.entries(lock.packages), ...holes].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${holes.length} optional packages added to package-lock.json\n`);

/** Whether the package is listed where its parent would find it: beside it, or in a folder above. */
function standsFor(parent, name) {
  for (let folder = parent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${folder}${folder && '/'}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

function systemOf(name) {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.some((word) => word === processor || (processor === 'arm' && /^arm(eabi|v7)/.test(word))));
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : words.some((word) => word.startsWith('gnu')) ? ['glibc'] : [];
  return { ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }), ...(libc.length > 0 && { libc }) };
}
