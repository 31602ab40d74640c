import type { MetricRow, RolloutMetricRow } from '../../contracts/runs.ts';
import type { SliceRow } from '../gate/comparison.ts';
import { sliceVerdict } from './card.ts';
import { figure } from './facts.ts';
import { html, type Markup } from './markup.ts';

export const metricTable = (rows: readonly MetricRow[]): Markup =>
  tableOf(
    ['metric', 'role', 'this version', 'champion', 'baseline', 'difference', 'interval'],
    rows.map((row) => [row.metric, row.role, figure(row.challenger), figure(row.champion), figure(row.baseline), figure(row.difference), intervalOf(row)]),
  );

export const sliceTable = (rows: readonly SliceRow[]): Markup =>
  tableOf(
    ['slice', 'units', 'this version', 'champion', 'difference', 'interval', ''],
    rows.map((row) => [row.slice, String(row.units), figure(row.challenger), figure(row.champion), figure(row.difference), intervalOf(row), sliceVerdict(row)]),
  );

/** What the arms of a rollout did, as the judge saw it last. */
export const rolloutTable = (rows: readonly RolloutMetricRow[]): Markup =>
  tableOf(
    ['metric', 'role', 'challenger', 'champion', 'effect', 'interval', ''],
    rows.map((row) => [row.metric, row.role, armOf(row.challenger), armOf(row.champion), figure(row.effect), intervalOf(row), row.state]),
  );

const armOf = ({ rate, events, units }: RolloutMetricRow['champion']): string => `${figure(rate)} (${events} of ${units})`;

const intervalOf = ({ low, high }: { low: number | null; high: number | null }): string => (low === null ? '–' : `${figure(low)} … ${figure(high)}`);

const tableOf = (head: string[], rows: string[][]): Markup =>
  html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th>${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
