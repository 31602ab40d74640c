import { logChoose } from './log-math.ts';

/** Terms smaller than this part of the sum no longer change the logarithm beyond 1e-7: a thousandth of log E over ten thousand looks. */
const NEGLIGIBLE = 1e-9;

/**
 * Adds the cumulant function of the hypergeometric distribution at each theta to `sums`: ln( Z(ω) / Z(1) ) with ω = exp(theta) and
 * Z(ω) = Σ_k C(treated, k)·C(control, events − k)·ω^k, so that ln P_ω(x) − ln P_1(x) = theta·x − cumulant(theta).
 * Each sum goes outwards from its mode, so the cost is O(√events) and nothing overflows; the ratios of neighbouring terms are computed once for all.
 * @param treated units of the challenger
 * @param control units of the champion
 * @param events units with the event in both arms together, <= treated + control
 * @param thetas logarithms of the odds ratio challenger against champion
 */
export function addCumulants(treated: number, control: number, events: number, thetas: readonly number[], sums: Float64Array): void {
  const low = Math.max(0, events - control);
  const high = Math.min(treated, events);
  const modes = thetas.map((theta) => mode(treated, control, events, Math.exp(theta), low, high));
  // Eight standard deviations, each at most √events / 2, beyond the outermost modes hold every term that counts.
  const reach = Math.ceil(4 * Math.sqrt(events)) + 20;
  const from = Math.max(low, Math.min(...modes) - reach);
  const to = Math.min(high, Math.max(...modes) + reach);
  fillRatios(treated, control, events, from, to);
  const all = logChoose(treated + control, events);
  for (let i = 0; i < thetas.length; i++) {
    const start = modes[i]!;
    const odds = Math.exp(thetas[i]!);
    let sum = 1;
    for (let k = start, term = 1; k < to && term > NEGLIGIBLE * sum; k++) {
      term *= up[k - from]! * odds;
      sum += term;
    }
    const inverse = 1 / odds;
    for (let k = start, term = 1; k > from && term > NEGLIGIBLE * sum; k--) {
      term *= down[k - from]! * inverse;
      sum += term;
    }
    sums[i]! += Math.log(sum) + thetas[i]! * start + logChoose(treated, start) + logChoose(control, events - start) - all;
  }
}

/** Scratch space, so that thousands of looks leave no garbage; filled and read within one call. */
let up = new Float64Array(1024);
let down = new Float64Array(1024);

/** Term k + 1 over term k (up) and term k − 1 over term k (down) at odds 1, for k from `from` to `to`, at index k − from. */
function fillRatios(treated: number, control: number, events: number, from: number, to: number): void {
  if (up.length <= to - from) [up, down] = [new Float64Array(2 * (to - from + 1)), new Float64Array(2 * (to - from + 1))];
  for (let k = from; k < to; k++) {
    const more = (treated - k) * (events - k);
    const fewer = (k + 1) * (control - events + k + 1);
    up[k - from] = more / fewer;
    down[k - from + 1] = fewer / more;
  }
}

/** Most likely count under Fisher's noncentral hypergeometric distribution (Fog, 2008, eq. 8), within [low, high]. */
function mode(treated: number, control: number, events: number, odds: number, low: number, high: number): number {
  const a = odds - 1;
  const b = odds * (treated + events + 2) + control - events;
  const c = odds * (treated + 1) * (events + 1);
  const root = (2 * c) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
  return Math.min(high, Math.max(low, Math.floor(root)));
}
