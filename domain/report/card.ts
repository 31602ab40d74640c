import type { MetricRow } from '../../contracts/runs.ts';
import type { SliceRow } from '../gate/comparison.ts';
import { figure, limits, type Facts } from './facts.ts';

/** The model card as Markdown: what it was made from, how good it is, against what, and where that stops. */
export function modelCard(facts: Facts): string {
  const { gate, snapshot, training } = facts;
  const against = facts.champion === null ? 'There was no champion to compare with.' : `Champion: version ${facts.champion}.`;
  return `${[
    `# ${facts.model}`,
    `Task: ${facts.task}. Trained by run \`${facts.run}\`.`,
    `## Gate: ${gate.verdict}`,
    gate.reasons.map((reason) => `- ${text(reason)}`).join('\n'),
    '## Metrics',
    `${gate.testUnits} test units. ${against}`,
    table(['metric', 'role', 'this version', 'champion', 'baseline', 'difference (interval)'], gate.metrics.map(metricCells)),
    ...(facts.slices.length > 0
      ? ['## Slices', table(['slice', 'units', 'this version', 'champion', 'difference (interval)', 'verdict'], facts.slices.map(sliceCells))]
      : []),
    '## Data',
    `Snapshot \`${snapshot.digest}\`: ${snapshot.trainRows} rows to train on, ${snapshot.testRows} to test.`,
    snapshot.sources
      .map(
        ({ name, files }) =>
          `- ${text(name)}: ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${files.reduce((sum, { bytes }) => sum + bytes, 0)} bytes`,
      )
      .join('\n'),
    `Columns: ${snapshot.schema.map(({ column, type }) => `${text(column)} (${type})`).join(', ')}.`,
    '## Training',
    `${training.steps} steps in ${training.epochs} epochs on ${facts.backend}, learning rate ${training.learningRate}, last loss ${figure(training.loss)}, seed ${facts.seed}.`,
    `Definition \`${facts.definition}\`. Packages: ${Object.entries(facts.packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '## Limits',
    limits(facts)
      .map((limit) => `- ${text(limit)}`)
      .join('\n'),
    'No row of a customer is part of this bundle: golden queries are made up from common values, sketches hold counts only.',
  ].join('\n\n')}\n`;
}

const metricCells = (row: MetricRow): string[] => [row.metric, row.role, figure(row.challenger), figure(row.champion), figure(row.baseline), difference(row)];

const sliceCells = (row: SliceRow): string[] => [
  row.slice,
  String(row.units),
  figure(row.challenger),
  figure(row.champion),
  difference(row),
  sliceVerdict(row),
];

export const sliceVerdict = ({ p, worse }: SliceRow): string => (p === null ? 'too few to judge' : worse ? 'worse' : 'not worse');

const difference = ({ difference: value, low, high }: { difference: number | null; low: number | null; high: number | null }): string =>
  value === null ? '–' : `${figure(value)} (${figure(low)} … ${figure(high)})`;

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(text))].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Names of columns and groups come from data: nothing in them may end a cell or start a tag. */
const text = (value: string): string => value.replace(/[|<>`\n\r]/g, ' ');
