import { logChoose } from './log-math.ts';

/** Terms smaller than this part of the sum no longer change the logarithm beyond 1e-11. */
const NEGLIGIBLE = 1e-12;

/**
 * Cumulant function of the hypergeometric distribution: ln( Z(ω) / Z(1) ) with ω = exp(theta) and
 * Z(ω) = Σ_k C(treated, k)·C(control, events − k)·ω^k, so that ln P_ω(x) − ln P_1(x) = theta·x − cumulant(theta).
 * Sums outwards from the mode, so the cost is O(√events), and nothing overflows.
 * @param treated units of the challenger
 * @param control units of the champion
 * @param events units with the event in both arms together, <= treated + control
 * @param theta ln of the odds ratio challenger against champion
 */
export function cumulant(treated: number, control: number, events: number, theta: number): number {
  const low = Math.max(0, events - control);
  const high = Math.min(treated, events);
  if (low === high) return theta * low;
  const odds = Math.exp(theta);
  const start = mode(treated, control, events, odds, low, high);
  let sum = 1;
  for (let k = start, term = 1; k < high && term > NEGLIGIBLE * sum; k++) {
    term *= (odds * (treated - k) * (events - k)) / ((k + 1) * (control - events + k + 1));
    sum += term;
  }
  for (let k = start, term = 1; k > low && term > NEGLIGIBLE * sum; k--) {
    term *= (k * (control - events + k)) / (odds * (treated - k + 1) * (events - k + 1));
    sum += term;
  }
  return Math.log(sum) + theta * start + logChoose(treated, start) + logChoose(control, events - start) - logChoose(treated + control, events);
}

/** Most likely count under Fisher's noncentral hypergeometric distribution (Fog, 2008, eq. 8), within [low, high]. */
function mode(treated: number, control: number, events: number, odds: number, low: number, high: number): number {
  const a = odds - 1;
  const b = odds * (treated + events + 2) + control - events;
  const c = odds * (treated + 1) * (events + 1);
  const root = (2 * c) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
  return Math.min(high, Math.max(low, Math.floor(root)));
}
