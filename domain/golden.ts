import type { Instance, Signature } from '../contracts/bundle.ts';
import type { ReferenceSketches, Sketch } from '../contracts/sketch.ts';
import { itemsColumn, lengthColumn } from './drift/sketch.ts';
import type { Random } from './random.ts';

/** Categories to draw from: the frequent ones, which belong to many. */
const FREQUENT = 64;
const LONGEST_LIST = 20;

/**
 * Requests made up from the reference sketches, field by field and independently: each value is common, no request is anyone's.
 * The first is the signature's example; a field without a sketch has the example's value; the unit is called `golden-<n>`.
 */
export function goldenInstances(signature: Signature, sketches: ReferenceSketches, random: Random, count: number): Instance[] {
  return [signature.example, ...Array.from({ length: count - 1 }, (_, n) => madeUp(signature, sketches, random, n + 1))];
}

function madeUp({ unit, inputs, example }: Signature, sketches: ReferenceSketches, random: Random, n: number): Instance {
  const instance: Instance = { ...example };
  for (const [field, { type }] of Object.entries(inputs)) {
    if (field === unit) continue;
    const value = type.endsWith('[]') ? listOf(field, type, sketches, random) : valueOf(sketches[field], type, random);
    if (value !== null) instance[field] = value;
  }
  return { ...instance, [unit]: typeof example[unit] === 'number' ? n : `golden-${n}` };
}

function listOf(field: string, type: string, sketches: ReferenceSketches, random: Random): unknown[] | null {
  const items = sketches[itemsColumn(field)];
  const length = valueOf(sketches[lengthColumn(field)], 'number', random);
  if (!items || typeof length !== 'number') return null;
  const drawn = Array.from({ length: Math.min(Math.round(length), LONGEST_LIST) }, () => valueOf(items, type.slice(0, -2), random));
  return [...new Set(drawn)].filter((item) => item !== null);
}

function valueOf(sketch: Sketch | undefined, type: string, random: Random): string | number | null {
  const common = sketch ? commonValues(sketch) : [];
  if (common.length === 0) return null;
  const drawn = common[random.below(common.length)]!;
  return type === 'number' ? Number(drawn) : String(drawn);
}

function commonValues(sketch: Sketch): (string | number)[] {
  if (sketch.kind === 'numeric') return sketch.edges;
  const frequent = Object.entries(sketch.counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return frequent.slice(0, FREQUENT).map(([category]) => category);
}
