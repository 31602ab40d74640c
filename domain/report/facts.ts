import type { GateResult, VersionRecord } from '../../contracts/runs.ts';
import type { SnapshotManifest } from '../../contracts/snapshot.ts';
import type { SliceRow } from '../gate/comparison.ts';
import type { Task } from '../metrics/metric.ts';

/** What a model card and a report are made of. */
export interface Facts {
  model: string;
  task: Task;
  run: string;
  gate: GateResult;
  slices: SliceRow[];
  champion: VersionRecord['version'] | null;
  snapshot: Pick<SnapshotManifest, 'sources' | 'schema' | 'trainRows' | 'testRows'> & { digest: string };
  definition: string;
  seed: number;
  backend: string;
  packages: Record<string, string>;
  training: { steps: number; epochs: number; learningRate: number; loss: number };
  curve: CurvePoint[];
  policy: { margin: number; confidence: number; sliceFdr: number; sliceMinUnits: number };
}

/** Mean loss of an epoch. */
export interface CurvePoint {
  epoch: number;
  step: number;
  loss: number;
}

/** Four significant digits, without an exponent where a person expects none. */
export const figure = (value: number | null): string => (value === null || !Number.isFinite(value) ? '–' : String(Number(value.toPrecision(4))));

/** Why the figures may not be what a reader takes them for. */
export function limits({ gate, policy, slices }: Facts): string[] {
  const unjudged = slices.filter(({ p }) => p === null).map(({ slice }) => slice);
  return [
    `Measured on ${gate.testUnits} units of the newest test rows; what people then really do is measured by the rollout.`,
    `Intervals are ${Math.round(policy.confidence * 100)} % percentile intervals of a paired bootstrap over units; metrics are not adjusted for being several.`,
    ...(unjudged.length > 0 ? [`Shown, but not judged, for having fewer than ${policy.sliceMinUnits} units: ${unjudged.join(', ')}.`] : []),
    'Groups that the definition does not name as slices were not looked at.',
  ];
}
