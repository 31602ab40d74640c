#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('..', import.meta.url);

// In a source tree, what runs is what the sources say now; a build takes about two seconds, looking takes none.
if (existsSync(new URL('tsconfig.json', ROOT))) {
  if (!existsSync(new URL('node_modules/esbuild', ROOT))) {
    process.stderr.write('nightjar: the dependencies are not installed. Next: node scripts/bootstrap.mjs\n');
    process.exit(1);
  }
  const { takeBuild } = await import('../scripts/build.mjs');
  // In a process of its own: what esbuild and webpack took would be held for as long as the stack is up.
  const build = () => spawnSync(process.execPath, [fileURLToPath(new URL('scripts/build.mjs', ROOT))], { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  if (!takeBuild() && !build()) process.exit(1); // the build has said what is wrong
}
await import('../dist/clients/cli.js');
