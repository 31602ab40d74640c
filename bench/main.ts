import { existsSync, readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bench, BenchRow } from './row.ts';

/** `npm run bench` lists the comparisons, `npm run bench -- <name> [--json]` runs one; exit code 1 when a target is missed. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // the end of its support for old Node versions is no part of a result

const HERE = dirname(fileURLToPath(import.meta.url));
const { values, positionals } = parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true });
const [name] = positionals;
const names = readdirSync(HERE)
  .filter((folder) => existsSync(join(HERE, folder, 'main.js')))
  .sort();

if (name === undefined) {
  process.stdout.write(`${names.map((each) => `npm run bench -- ${each}`).join('\n')}\n`);
} else if (!names.includes(name)) {
  process.stderr.write(`There is no bench '${name}'. There are: ${names.join(', ')}.\n`);
  process.exitCode = 1;
} else {
  const bench = (await import(pathToFileURL(join(HERE, name, 'main.js')).href)) as Bench;
  process.stdout.write(`${name} on ${machine()}\n${bench.about}\n\n`);
  const rows = await bench.run(values);
  process.stdout.write(`${asTable(rows)}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  process.exitCode = rows.every(({ pass }) => pass) ? 0 : 1;
}

function machine(): string {
  return `${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
}

function asTable(rows: BenchRow[]): string {
  const figure = (value: number | null) => (value === null ? '–' : Number(value.toPrecision(4)).toString());
  const cells = [
    ['', 'ours', 'peer', 'ratio', 'unit', 'target', ''],
    ...rows.map((row) => [row.name, figure(row.ours), figure(row.peer), figure(row.ratio), row.unit, row.target, row.pass ? 'ok' : 'MISSED']),
  ];
  const width = (column: number) => Math.max(...cells.map((row) => row[column]?.length ?? 0));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(width(column)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
