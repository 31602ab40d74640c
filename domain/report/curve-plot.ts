import { figure, type CurvePoint } from './facts.ts';
import { html, type Markup } from './markup.ts';
import { roomy, scale, ticks } from './scale.ts';

const WIDTH = 720;
const HEIGHT = 240;
const LEFT = 64;
const BOTTOM = 40;
const TOP = 12;
const RIGHT = 16;

/** Mean loss per epoch as a line. Null when there is no line to draw. */
export function curvePlot(curve: readonly CurvePoint[]): Markup | null {
  if (curve.length < 2) return null;
  const epochs: [number, number] = [curve[0]!.epoch, curve.at(-1)!.epoch];
  const losses = roomy(curve.map(({ loss }) => loss));
  const x = scale(epochs, [LEFT, WIDTH - RIGHT]);
  const y = scale(losses, [HEIGHT - BOTTOM, TOP]);
  const last = curve.at(-1)!;
  const points = curve.map(({ epoch, loss }) => `${x(epoch).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Learning curve: loss ${figure(curve[0]!.loss)} at first, ${figure(last.loss)} at last"
  >
    ${ticks(losses, 4).map(
      (loss) =>
        html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(loss)}" y2="${y(loss)}" /><text class="end" x="${LEFT - 8}" y="${y(loss) + 4}"
            >${figure(loss)}</text
          >`,
    )}
    ${ticks(epochs, 8)
      .filter(Number.isInteger)
      .map((epoch) => html`<text class="middle" x="${x(epoch)}" y="${HEIGHT - BOTTOM + 18}">${epoch}</text>`)}
    <polyline class="line" points="${points}" />
    <circle class="dot" cx="${x(last.epoch)}" cy="${y(last.loss)}" r="4" />
    <text class="middle muted" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}">epoch</text>
    <text class="middle muted" transform="rotate(-90 12 ${(TOP + HEIGHT - BOTTOM) / 2})" x="12" y="${(TOP + HEIGHT - BOTTOM) / 2}">mean loss</text>
  </svg>`;
}
