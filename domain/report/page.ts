import type { MetricRow, RolloutResult } from '../../contracts/runs.ts';
import { metricNamed } from '../metrics/metric.ts';
import { barsPlot } from './bars-plot.ts';
import { curvePlot } from './curve-plot.ts';
import { figure, limits, type Facts } from './facts.ts';
import { forestPlot, type ForestRow } from './forest-plot.ts';
import { html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';
import { metricTable, rolloutTable, sliceTable } from './tables.ts';

/** How a version ended. */
export interface Ending {
  version: number;
  digest: string;
  createdAt: string;
  outcome: string;
  reason: string;
  rollout: RolloutResult | null;
}

/** The report of a version as one HTML file that needs nothing else: what came of it, why, how good it is, and what it was made from. */
export function reportPage(facts: Facts, ending: Ending): string {
  const { gate } = facts;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${facts.model} version ${ending.version}: ${ending.outcome}</title>
        <style>
          ${{ markup: STYLE }}
        </style>
      </head>
      <body>
        <header>
          <h1>${facts.model} <small>version ${ending.version}</small></h1>
          <p>${badge(ending.outcome)} ${badge(`gate: ${gate.verdict}`)}</p>
          <p>${ending.reason}</p>
          <ul class="figures">
            ${keyFigures(facts).map(({ what, value }) => html`<li><b>${value}</b><span>${what}</span></li>`)}
          </ul>
        </header>
        ${ending.rollout?.report ? section('On real traffic', onRealTraffic(ending.rollout)) : null} ${section('What the gate found', list(gate.reasons))}
        ${gate.metrics.length > 0 ? section('Metrics', metrics(facts)) : null} ${facts.slices.length > 0 ? section('Slices', slices(facts)) : null}
        ${section('Learning curve', learningCurve(facts))} ${section('Where it comes from', lineage(facts, ending))} ${section('Limits', list(limits(facts)))}
      </body>
    </html>`;
  return page.markup.replace(/^ +/gm, '');
}

const section = (title: string, content: Markup | Markup[]): Markup =>
  html`<section>
    <h2>${title}</h2>
    ${content}
  </section>`;

const list = (sentences: readonly string[]): Markup =>
  html`<ul>
    ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
  </ul>`;

const GOOD = ['promoted', 'gate: pass', 'gate: first-version'];
const BAD = ['rejected', 'refused', 'rolled-back', 'invalid-data', 'gate: reject'];

function badge(words: string): Markup {
  const kind = GOOD.includes(words) ? 'good' : BAD.includes(words) ? 'bad' : 'open';
  return html`<span class="badge ${kind}">${words}</span>`;
}

function keyFigures({ gate, champion, snapshot }: Facts): { what: string; value: string }[] {
  const primary = gate.metrics.find(({ role }) => role === 'primary');
  return [
    ...(primary ? [{ what: primary.metric, value: figure(primary.challenger) }] : []),
    ...(primary && primary.champion !== null ? [{ what: `champion, version ${champion}`, value: figure(primary.champion) }] : []),
    ...(primary && primary.baseline !== null ? [{ what: 'baseline', value: figure(primary.baseline) }] : []),
    { what: 'test units', value: String(gate.testUnits) },
    { what: 'training rows', value: String(snapshot.trainRows) },
  ];
}

function metrics(facts: Facts): Markup[] {
  const { gate, policy } = facts;
  const percent = Math.round(policy.confidence * 100);
  const forest = forestPlot(
    gate.metrics.flatMap((row) => relative(row, facts)),
    'Differences from the champion',
    '% of the champion’s value',
  );
  return [
    metricTable(gate.metrics),
    figureOf(barsPlot(gate.metrics), 'Each metric on its own scale from zero.'),
    ...(forest
      ? [figureOf(forest, `Improvement over the champion with its ${percent} % interval; the upright tick is how much worse the primary metric may be.`)]
      : []),
  ];
}

function onRealTraffic({ report, exposures, percent }: RolloutResult): Markup[] {
  const { rows, looks, units, reasons, evidence } = report!;
  return [
    html`<p>
      Verdict ${report!.verdict} at ${percent} % after ${looks} looks; ${units.champion} units met the champion, ${exposures} the challenger. Evidence
      <code>${evidence.key}</code>.
    </p>`,
    list(reasons),
    rolloutTable(rows),
  ];
}

function slices(facts: Facts): Markup[] {
  const primary = facts.gate.metrics.find(({ role }) => role === 'primary')!;
  const sign = signOf(primary.metric, facts.task);
  const rows = facts.slices.map((row): ForestRow => {
    const [low, high] = sign > 0 ? [row.low, row.high] : [-row.high, -row.low];
    return {
      label: row.slice,
      value: sign * row.difference,
      low,
      high,
      margin: null,
      state: row.p === null ? 'open' : row.worse ? 'worse' : low > 0 ? 'better' : 'open',
    };
  });
  return [
    sliceTable(facts.slices),
    figureOf(forestPlot(rows, `${primary.metric} by slice`, primary.metric)!, `Improvement of ${primary.metric} over the champion, by slice.`),
  ];
}

function relative(row: MetricRow, { task, policy }: Facts): ForestRow[] {
  if (row.champion === null || row.champion === 0 || row.low === null || row.high === null) return [];
  const unit = (100 * signOf(row.metric, task)) / Math.abs(row.champion);
  const [low, high] = [row.low * unit, row.high * unit].sort((a, b) => a - b) as [number, number];
  const margin = row.role === 'primary' ? policy.margin * Math.abs(unit) : null;
  return [{ label: row.metric, value: row.difference! * unit, low, high, margin, state: low > 0 ? 'better' : high < 0 ? 'worse' : 'open' }];
}

const signOf = (metric: string, task: Facts['task']): 1 | -1 => (metricNamed(metric, task, 1)?.moreIsBetter === false ? -1 : 1);

function learningCurve({ curve, training }: Facts): Markup {
  const plot = curvePlot(curve);
  const told = `${training.steps} steps, ${training.epochs} epochs, learning rate ${training.learningRate}, last loss ${figure(training.loss)}.`;
  return plot ? figureOf(plot, told) : html`<p>${told}</p>`;
}

function lineage(facts: Facts, ending: Ending): Markup {
  const { snapshot } = facts;
  const files = snapshot.sources.map(({ name, files: of }) => `${name} (${of.length})`).join(', ');
  const entries: [string, string | Markup][] = [
    ['bundle', html`<code>${ending.digest}</code>`],
    ['made', ending.createdAt],
    ['run', html`<code>${facts.run}</code>`],
    ['snapshot', html`<code>${snapshot.digest}</code>`],
    ['data', `${snapshot.trainRows} training rows, ${snapshot.testRows} test rows; files: ${files || 'none'}`],
    ['definition', html`<code>${facts.definition}</code>`],
    ['seed', String(facts.seed)],
    ['backend', facts.backend],
    [
      'packages',
      Object.entries(facts.packages)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['evidence', html`<code>${facts.gate.evidence.key}</code>`],
    ['compared with', facts.champion === null ? 'no champion' : `version ${facts.champion}`],
  ];
  return html`<dl>
    ${entries.map(
      ([term, value]) =>
        html`<dt>${term}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

const figureOf = (plot: Markup, caption: string): Markup =>
  html`<figure>
    ${plot}
    <figcaption>${caption}</figcaption>
  </figure>`;
