import type { MetricRow } from '../../contracts/runs.ts';
import { figure } from './facts.ts';
import { html, type Markup } from './markup.ts';
import { scale } from './scale.ts';

const WIDTH = 720;
const LEFT = 150;
const RIGHT = 170;
const BAR = 14;
const GAP = 18;

/** Each metric of this version, the champion and the baseline as bars on a scale of its own that begins at zero. */
export function barsPlot(rows: readonly MetricRow[]): Markup {
  const bars = rows.map(({ metric, challenger, champion, baseline }) => ({
    metric,
    values: [
      { who: 'this version', value: challenger, kind: 'challenger' },
      { who: 'champion', value: champion, kind: 'champion' },
      { who: 'baseline', value: baseline, kind: 'baseline' },
    ].filter((bar): bar is { who: string; value: number; kind: string } => bar.value !== null),
  }));
  let top = 4;
  const groups = bars.map(({ metric, values }) => {
    const x = scale([0, Math.max(...values.map(({ value }) => Math.abs(value))) || 1], [0, WIDTH - LEFT - RIGHT]);
    const group = html`<g transform="translate(0 ${top})">
      <text class="end" x="${LEFT - 12}" y="${(values.length * BAR) / 2 + 4}">${metric}</text>
      ${values.map(
        ({ who, value, kind }, i) =>
          html`<rect class="${kind}" x="${LEFT}" y="${i * BAR}" width="${Math.max(1, x(Math.abs(value)))}" height="${BAR - 3}" rx="2" /><text
              class="small"
              x="${LEFT + Math.max(1, x(Math.abs(value))) + 8}"
              y="${i * BAR + 10}"
              >${figure(value)} <tspan class="muted">${who}</tspan></text
            >`,
      )}
    </g>`;
    top += values.length * BAR + GAP;
    return group;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${top - GAP + 4}" role="img" aria-label="Metrics of this version, the champion and the baseline">${groups}</svg>`;
}
