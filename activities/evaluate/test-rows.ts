import { readParquetRows } from '../../adapters/duckdb.ts';
import type { Instance } from '../../contracts/bundle.ts';
import { NightjarError } from '../../contracts/errors.ts';
import type { DefinedModel } from '../../models/define.ts';

/** The newest test rows, as requests with what then really happened. Arrays of equal length, a row each. */
export interface TestRows {
  instances: Instance[];
  truths: unknown[];
  /** Units counted from 0 in the order in which they come; who they are is not kept. */
  unitOf: Int32Array;
  units: number;
  slices: { name: string; rows: Int32Array }[];
}

/** Throws NoTestRows. */
export async function readTestRows(path: string, model: DefinedModel): Promise<TestRows> {
  const instances: Instance[] = [];
  const truths: unknown[] = [];
  const unitOf: number[] = [];
  const units = new Map<string, number>();
  const slices = new Map<string, number[]>();
  for await (const batch of readParquetRows(path))
    for (const row of batch) {
      const unit = String(row[model.unit]);
      if (!units.has(unit)) units.set(unit, units.size);
      for (const [dimension, groupOf] of Object.entries(model.evaluate.slices ?? {})) addTo(slices, `${dimension}=${groupOf(row)}`, instances.length);
      instances.push(model.instance(row));
      truths.push(model.truth(row));
      unitOf.push(units.get(unit)!);
    }
  if (instances.length === 0) throw new NightjarError('NoTestRows', `Model ${model.name}.`);
  return {
    instances,
    truths,
    unitOf: Int32Array.from(unitOf),
    units: units.size,
    slices: [...slices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, rows]) => ({ name, rows: Int32Array.from(rows) })),
  };
}

function addTo(slices: Map<string, number[]>, name: string, row: number): void {
  const rows = slices.get(name);
  if (rows) rows.push(row);
  else slices.set(name, [row]);
}
