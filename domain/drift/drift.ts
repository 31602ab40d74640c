import type { MonitorPolicy } from '../../contracts/policy.ts';
import type { CategoricalSketch, NumericSketch, ReferenceSketches, Sketch } from '../../contracts/sketch.ts';
import { benjaminiHochberg } from '../false-discovery.ts';
import { chiSquaredTail } from './chi-squared.ts';
import { arrayOfItems, comparable, lengthColumn } from './sketch.ts';

export interface ColumnDrift {
  column: string;
  /** PSI of a numeric column, Jensen–Shannon distance (base 2) of a categorical one. */
  effect: number;
  /** Of the counts if nothing had changed; adjusted over all columns. */
  p: number;
  drifted: boolean;
}

/** Below this the chi-squared approximation fails (Cochran 1954): rarer bins are counted together. */
const LEAST_EXPECTED = 5;

/**
 * How far a window lies from its reference, per column, worst first (statistics: section 4). Drifted needs both: an effect that matters
 * and counts that chance does not explain. Columns with fewer than `minWindowCount` values say nothing and are left out.
 */
export function drift(
  reference: ReferenceSketches,
  window: ReferenceSketches,
  policy: Pick<MonitorPolicy, 'driftEffect' | 'driftP' | 'minWindowCount'>,
): ColumnDrift[] {
  const columns = Object.keys(reference).filter((column) => {
    const seen = window[column];
    return seen && seen.count >= policy.minWindowCount && reference[column]!.count > 0 && comparable(reference[column]!, seen);
  });
  const bins = columns.map((column) => binsOf(reference[column]!, window[column]!));
  const ps = benjaminiHochberg(columns.map((column, i) => homogeneity(bins[i]!, clustering(column, reference, window))));
  return columns
    .map((column, i) => {
      const effect = effectOf(reference[column]!, bins[i]!);
      return { column, effect, p: ps[i]!, drifted: effect >= policy.driftEffect && ps[i]! <= policy.driftP };
    })
    .sort((a, b) => Number(b.drifted) - Number(a.drifted) || b.effect - a.effect);
}

function effectOf(reference: Sketch, [before, now]: Bins): number {
  const seen = before.map((count, i) => count + now[i]! > 0);
  const [p, q] = [sharesOf(before.filter((_, i) => seen[i])), sharesOf(now.filter((_, i) => seen[i]))];
  return reference.kind === 'numeric' ? populationStability(p, q) : jensenShannon(p, q);
}

/** Population stability index, Σ (q−p)·ln(q/p). */
const populationStability = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share), 0);

/** Jensen–Shannon distance: the root of the divergence in bits, 0 … 1 (Endres & Schindelin 2003). */
function jensenShannon(p: readonly number[], q: readonly number[]): number {
  let divergence = 0;
  for (let i = 0; i < p.length; i++) {
    const middle = (p[i]! + q[i]!) / 2;
    divergence += (p[i]! * Math.log2(p[i]! / middle) + q[i]! * Math.log2(q[i]! / middle)) / 2;
  }
  return Math.sqrt(Math.max(divergence, 0));
}

/** p-value of the chi-squared test that both rows of counts come from the same distribution; the statistic is divided by `clustered`. */
function homogeneity(bins: Bins, clustered: number): number {
  const [before, now] = pooled(bins);
  const [all, seen] = [sum(before), sum(now)];
  let statistic = 0;
  for (let i = 0; i < before.length; i++) {
    const [a, b] = [before[i]!, now[i]!];
    const [expectedA, expectedB] = [((a + b) * all) / (all + seen), ((a + b) * seen) / (all + seen)];
    statistic += (a - expectedA) ** 2 / expectedA + (b - expectedB) ** 2 / expectedB;
  }
  return chiSquaredTail(statistic / clustered, before.length - 1);
}

/** Neighbours counted together until each has what the approximation needs; which ones never depends on how the two differ. */
function pooled([before, now]: Bins): Bins {
  const [all, seen] = [sum(before), sum(now)];
  const smaller = Math.min(all, seen) / (all + seen);
  const groups: Bins = [[0], [0]];
  const last = () => groups[0].length - 1;
  const enough = () => (groups[0][last()]! + groups[1][last()]!) * smaller >= LEAST_EXPECTED;
  for (let i = 0; i < before.length; i++) {
    if (enough()) for (const side of groups) side.push(0);
    groups[0][last()]! += before[i]!;
    groups[1][last()]! += now[i]!;
  }
  if (enough() || last() === 0) return groups;
  for (const side of groups) side.push(side.pop()! + side.pop()!);
  return groups;
}

/**
 * Items of one list are alike, so a list counts as one observation at most: the statistic is divided by the items per list
 * (the largest design effect that clusters of this size can have; Rao & Scott 1981). 1 for other columns.
 */
function clustering(column: string, reference: ReferenceSketches, window: ReferenceSketches): number {
  const field = arrayOfItems(column);
  const [lists, seenLists] = field === null ? [] : [reference[lengthColumn(field)], window[lengthColumn(field)]];
  if (!lists || !seenLists) return 1;
  return Math.max(1, (reference[column]!.count + window[column]!.count) / (lists.count + seenLists.count));
}

/** Counts of reference and window in the same bins, in the same order. */
type Bins = [before: number[], now: number[]];

/** What is missing is a bin as well: a column that stops being delivered has drifted. */
function binsOf(reference: Sketch, window: Sketch): Bins {
  if (reference.kind === 'numeric')
    return [
      [...reference.counts, reference.missing],
      [...(window as NumericSketch).counts, window.missing],
    ];
  const categories = Object.keys(reference.counts);
  const count = ({ counts, other, missing }: CategoricalSketch) => [...categories.map((category) => counts[category]!), other, missing];
  return [count(reference), count(window as CategoricalSketch)];
}

/** Shares with empty bins smoothed by half a count. */
function sharesOf(counts: readonly number[]): number[] {
  const smoothed = counts.map((count) => (count === 0 ? 0.5 : count));
  const total = sum(smoothed);
  return smoothed.map((count) => count / total);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
