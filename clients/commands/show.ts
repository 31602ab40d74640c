import type { Command } from 'commander';
import { NightjarError } from '../../contracts/errors.ts';
import type { VersionRecord } from '../../contracts/runs.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { addCommand, type Answer } from '../command.ts';
import { storeOf } from '../connect.ts';
import { aliasesOf, routesOf, runsOf, versionOf, versionsOf } from '../../adapters/registry.ts';
import { figure, shortDigest, table } from '../table.ts';

export function addShow(program: Command): void {
  addCommand(
    program,
    'show <model>',
    'a model and its versions, or one version as <model>@<version>',
    (command) => command,
    (folder, _options, operand) => {
      const { model, version } = parse(operand);
      const store = storeOf(folder);
      return version === null ? showModel(store, model) : showVersion(store, model, version);
    },
  );
}

/** `churn` or `churn@7`. Throws UnknownVersion. */
function parse(operand: string): { model: string; version: number | null } {
  const [model = '', version] = operand.split('@');
  if (version !== undefined && !/^\d+$/.test(version)) throw new NightjarError('UnknownVersion', `${operand}: a version is a number.`);
  return { model, version: version === undefined ? null : Number(version) };
}

async function showModel(store: ObjectStore, model: string): Promise<Answer> {
  const [versions, aliases, routes] = await Promise.all([versionsOf(store, model), aliasesOf(store, model), routesOf(store, model)]);
  const alias = (version: number) =>
    Object.entries({ champion: aliases?.champion, challenger: routes?.challenger?.version, 'last good': aliases?.lastGood })
      .flatMap(([name, of]) => (of === version ? [name] : []))
      .join(', ');
  const metrics = [...new Set(versions.flatMap((version) => Object.keys(version.metrics)))];
  const rows = versions.map((version) => [
    version.version,
    alias(version.version),
    version.createdAt.slice(0, 19).replace('T', ' '),
    shortDigest(version.digest),
    ...metrics.map((metric) => figure(version.metrics[metric])),
  ]);
  return {
    json: { model, aliases, routes, versions },
    text: versions.length > 0 ? `${model}\n\n${table(['version', '', 'made', 'digest', ...metrics], rows)}` : `${model} has no version yet.`,
    next: versions[0] ? `\`npx nightjar show ${model}@${versions[0].version}\`` : `\`npx nightjar nightly ${model} --wait\``,
  };
}

async function showVersion(store: ObjectStore, model: string, version: number): Promise<Answer> {
  const record = await versionOf(store, model, version);
  const run = (await runsOf(store, model)).find((each) => each.run === record.run) ?? null;
  const facts: [keyof VersionRecord, string][] = [
    ['digest', record.digest],
    ['createdAt', record.createdAt],
    ['bytes', String(record.bytes)],
    ['run', record.run],
    ['snapshot', record.snapshot],
    ['definition', record.definition],
  ];
  const lines = [
    `${model}@${version}`,
    ...facts.map(([name, value]) => `  ${name.padEnd(12)}${value}`),
    ...Object.entries(record.metrics).map(([name, value]) => `  ${name.padEnd(12)}${figure(value)}`),
    ...(run ? [`  ${'outcome'.padEnd(12)}${run.outcome}: ${run.reason}`] : []),
    ...(run?.gate ? [`  ${'gate'.padEnd(12)}${run.gate.verdict}: ${run.gate.reasons.join(' ')}`] : []),
  ];
  return { json: { ...record, outcome: run }, text: lines.join('\n'), next: `\`npx nightjar report ${model} ${version}\`` };
}
