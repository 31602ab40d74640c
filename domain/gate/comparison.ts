import type { GatePolicy } from '../../contracts/policy.ts';
import type { MetricRow } from '../../contracts/runs.ts';
import { benjaminiHochberg } from '../false-discovery.ts';
import type { Cases, Metric } from '../metrics/metric.ts';
import type { Statistic } from '../metrics/statistic.ts';
import { seededRandom, splitSeed } from '../random.ts';
import { pairedBootstrap, quantile } from './bootstrap.ts';

/** What the three said about the same test rows; `unitOf` and `truths` are the same in all. */
export interface Contest {
  /** Units in the test rows; `unitOf` counts them from 0. */
  units: number;
  challenger: Cases;
  /** Null for a first version. */
  champion: Cases | null;
  baseline: Cases;
  /** Groups of test rows, by index. */
  slices: { name: string; rows: Int32Array }[];
}

export interface JudgedMetric extends Metric {
  role: MetricRow['role'];
}

/** The primary metric on a group of test rows. */
export interface SliceRow {
  slice: string;
  units: number;
  challenger: number;
  champion: number;
  difference: number;
  low: number;
  high: number;
  /** Probability of so bad a difference if the slice were not worse than the margin allows, adjusted over all judged slices; null when it has too few units to be judged. */
  p: number | null;
  worse: boolean;
}

export interface Comparison {
  metrics: MetricRow[];
  slices: SliceRow[];
  /** Metrics that these test rows leave undefined, as rocAuc with one class. */
  undefinedMetrics: string[];
}

/** Every metric of the three, with the bootstrap interval of challenger − champion, and the primary on every slice (statistics: section 3). */
export function* compare(contest: Contest, metrics: readonly JudgedMetric[], policy: GatePolicy, seed: number): Generator<void, Comparison> {
  const whole = metrics.map((metric) => sidesOf(metric, contest));
  const primary = metrics.find(({ role }) => role === 'primary')!;
  const slices = contest.champion ? contest.slices.map((slice) => sliceOf(slice, primary, contest)) : [];
  const differences = contest.champion ? [...whole, ...slices.map(({ sides }) => sides)].map(({ challenger, champion }) => minus(challenger, champion!)) : [];
  const replicates = yield* pairedBootstrap(differences, contest.units, policy.bootstrapSamples, seededRandom(splitSeed(seed, 'gate')));

  const once = new Uint8Array(contest.units).fill(1);
  const rows = metrics.map((metric, i) => metricRow(metric, whole[i]!, once, replicates[i], policy));
  return {
    metrics: rows.filter(({ challenger }) => Number.isFinite(challenger)),
    slices: judgedSlices(slices, primary, once, replicates.slice(metrics.length), policy),
    undefinedMetrics: rows.filter(({ challenger }) => !Number.isFinite(challenger)).map(({ metric }) => metric),
  };
}

interface Sides {
  challenger: Statistic;
  champion: Statistic | null;
  baseline: Statistic;
}

const sidesOf = (metric: Metric, { challenger, champion, baseline }: Contest): Sides => ({
  challenger: metric.over(challenger),
  champion: champion && metric.over(champion),
  baseline: metric.over(baseline),
});

const minus =
  (challenger: Statistic, champion: Statistic): Statistic =>
  (weights) =>
    challenger(weights) - champion(weights);

function metricRow({ name, role }: JudgedMetric, sides: Sides, once: Uint8Array, replicates: Float64Array | undefined, policy: GatePolicy): MetricRow {
  const challenger = sides.challenger(once);
  const champion = finite(sides.champion?.(once));
  const baseline = finite(sides.baseline(once));
  const known = champion !== null && replicates !== undefined && replicates.length > 0;
  if (!known) return { metric: name, challenger, champion, baseline, difference: null, low: null, high: null, role };
  return { metric: name, challenger, champion, baseline, difference: challenger - champion, ...interval(replicates, policy), role };
}

interface Slice {
  name: string;
  units: number;
  sides: Sides;
}

function sliceOf({ name, rows }: Contest['slices'][number], primary: Metric, contest: Contest): Slice {
  const within = (cases: Cases): Cases => ({
    ...cases,
    unitOf: Int32Array.from(rows, (row) => cases.unitOf[row]!),
    predictions: Array.from(rows, (row) => cases.predictions[row]),
    truths: Array.from(rows, (row) => cases.truths[row]),
  });
  const units = new Set(rows.map((row) => contest.challenger.unitOf[row]!)).size;
  return {
    name,
    units,
    sides: sidesOf(primary, { ...contest, challenger: within(contest.challenger), champion: within(contest.champion!), baseline: within(contest.baseline) }),
  };
}

function judgedSlices(slices: readonly Slice[], primary: Metric, once: Uint8Array, replicates: readonly Float64Array[], policy: GatePolicy): SliceRow[] {
  const judged = slices.map(({ units }, i) => units >= policy.sliceMinUnits && replicates[i]!.length > 0);
  const adjusted = benjaminiHochberg(slices.flatMap((_, i) => (judged[i] ? notWorse(replicates[i]!, primary, policy.margin) : [])));
  return slices.flatMap(({ name, units, sides }, i) => {
    const p = judged[i] ? adjusted.shift()! : null;
    const challenger = sides.challenger(once);
    const champion = sides.champion!(once);
    if (!Number.isFinite(challenger - champion) || replicates[i]!.length === 0) return [];
    return [
      {
        slice: name,
        units,
        challenger,
        champion,
        difference: challenger - champion,
        ...interval(replicates[i]!, policy),
        p,
        worse: p !== null && p <= policy.sliceFdr,
      },
    ];
  });
}

/** Bootstrap p-value of "not worse than the margin allows": the share of draws in which it is so, plus one (Davison & Hinkley 1997, section 4.2). */
function notWorse(replicates: Float64Array, { moreIsBetter }: Metric, margin: number): number {
  const holds = replicates.reduce((count, difference) => count + ((moreIsBetter ? difference : -difference) >= -margin ? 1 : 0), 0);
  return (holds + 1) / (replicates.length + 1);
}

function interval(replicates: Float64Array, { confidence }: GatePolicy): { low: number; high: number } {
  const tail = (1 - confidence) / 2;
  return { low: quantile(replicates, tail), high: quantile(replicates, 1 - tail) };
}

const finite = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null);
