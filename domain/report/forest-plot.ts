import { figure } from './facts.ts';
import { html, type Markup } from './markup.ts';
import { roomy, scale, ticks } from './scale.ts';

/** A difference with its interval, signed so that more is better. */
export interface ForestRow {
  label: string;
  value: number;
  low: number;
  high: number;
  /** How much worse it may be; drawn as a tick. Null when nothing was asked. */
  margin: number | null;
  state: 'better' | 'worse' | 'open';
}

const WIDTH = 720;
const LEFT = 190;
const RIGHT = 170;
const ROW = 30;
const TOP = 8;
const AXIS = 44;

/** Differences with their intervals on one axis, better to the right of zero. Null when there is none. */
export function forestPlot(rows: readonly ForestRow[], title: string, unit: string): Markup | null {
  if (rows.length === 0) return null;
  const range = roomy([0, ...rows.flatMap(({ low, high, margin }) => [low, high, margin === null ? 0 : -margin])]);
  const x = scale(range, [LEFT, WIDTH - RIGHT]);
  const bottom = TOP + rows.length * ROW;
  return html`<svg viewBox="0 0 ${WIDTH} ${bottom + AXIS}" role="img" aria-label="${title}">
    ${ticks(range, 6).map(
      (value) =>
        html`<line class="${value === 0 ? 'zero' : 'grid'}" x1="${x(value)}" x2="${x(value)}" y1="${TOP}" y2="${bottom}" /><text
            class="middle"
            x="${x(value)}"
            y="${bottom + 16}"
            >${figure(value)}</text
          >`,
    )}
    ${rows.map((row, i) => {
      const y = TOP + i * ROW + ROW / 2;
      return html`<g class="${row.state}">
        <text class="end" x="${LEFT - 12}" y="${y + 4}">${row.label}</text>
        ${row.margin === null ? null : html`<line class="margin" x1="${x(-row.margin)}" x2="${x(-row.margin)}" y1="${y - 9}" y2="${y + 9}" />`}
        <line class="interval" x1="${x(row.low)}" x2="${x(row.high)}" y1="${y}" y2="${y}" />
        <circle class="dot" cx="${x(row.value)}" cy="${y}" r="4.5" />
        <text class="small" x="${WIDTH - RIGHT + 12}" y="${y + 4}"
          >${signed(row.value, range)} <tspan class="muted">(${signed(row.low, range)} … ${signed(row.high, range)})</tspan></text
        >
      </g>`;
    })}
    <text class="middle muted" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 36}">← worse · ${unit} · better →</text>
  </svg>`;
}

/** With as many decimals as the axis can show. */
function signed(value: number, [from, to]: readonly [number, number]): string {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(to - from)));
  const text = value.toFixed(Math.min(decimals, 12));
  return value > 0 ? `+${text}` : text;
}
