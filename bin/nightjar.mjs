#!/usr/bin/env node
import { existsSync } from 'node:fs';

const ROOT = new URL('..', import.meta.url);

// In a source tree, what runs is what the sources say now; a build takes about two seconds, looking takes none.
if (existsSync(new URL('tsconfig.json', ROOT))) {
  if (!existsSync(new URL('node_modules/esbuild', ROOT))) {
    process.stderr.write('nightjar: the dependencies are not installed. Next: node scripts/bootstrap.mjs\n');
    process.exit(1);
  }
  const { build } = await import('../scripts/build.mjs');
  await build().catch(() => {
    process.stderr.write('nightjar: the build failed; what is wrong is above.\n'); // esbuild and webpack have said it
    process.exit(1);
  });
}
await import('../dist/clients/cli.js');
