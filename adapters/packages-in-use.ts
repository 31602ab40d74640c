import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** Packages that a prediction depends on, with their versions; part of a bundle's manifest. */
export async function packagesInUse(): Promise<Record<string, string>> {
  const { version, dependencies } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const numeric = Object.entries(dependencies).filter(([name]) => name.startsWith('@tensorflow/') || name.startsWith('@duckdb/'));
  return { node: process.versions.node, nightjar: version, ...Object.fromEntries(numeric) };
}
