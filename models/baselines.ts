import type { Instance } from '../contracts/bundle.ts';
import type { Popularity } from '../domain/metrics/lists.ts';
import { itemSet, labelOf } from '../domain/metrics/predictions.ts';
import type { DefinedModel, Row } from './define.ts';

/** What a version must be better than to be worth anything; fitted on the training rows. */
export interface Baseline {
  predict(instances: readonly Instance[]): unknown[];
  /** Of the items in the training rows; null unless the task ranks items. */
  popularity: Popularity | null;
}

type BaselineModel = Pick<DefinedModel, 'task' | 'instance' | 'truth'> & { evaluate: Pick<DefinedModel['evaluate'], 'baseline' | 'k'> };

/** Length of a list where the definition names none. */
export const DEFAULT_K = 10;

/**
 * Fits the baseline that the definition declares.
 * `popularity`: the items that occur most in the training rows, without those that the request names already. `majority-class`: the
 * share of yes, so that its label is the more frequent one. `mean`: the mean of the truth.
 */
export async function fitBaseline(model: BaselineModel, rows: AsyncIterable<Row[]>): Promise<Baseline> {
  const counts = new Map<string, number>();
  let sum = 0;
  let count = 0;
  for await (const batch of rows)
    for (const row of batch) {
      const truth = model.truth(row);
      if (model.task === 'ranking') for (const item of itemsOf(model.instance(row), truth)) counts.set(item, (counts.get(item) ?? 0) + 1);
      else {
        sum += model.task === 'binary' ? labelOf(truth) : Number(truth);
        count++;
      }
    }
  const popularity = model.task === 'ranking' ? { counts, total: [...counts.values()].reduce((total, n) => total + n, 0) } : null;
  if (model.evaluate.baseline === 'popularity') return { predict: byPopularity(counts, model.evaluate.k ?? DEFAULT_K), popularity };
  const constant = count > 0 ? sum / count : 0;
  return { predict: (instances) => instances.map(() => constant), popularity };
}

function byPopularity(counts: ReadonlyMap<string, number>, k: number): Baseline['predict'] {
  const popular = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return (instances) =>
    instances.map((instance) => {
      const known = itemsOf(instance, []);
      const chosen: [string, number][] = [];
      for (let i = 0; i < popular.length && chosen.length < k; i++) if (!known.has(popular[i]![0])) chosen.push(popular[i]!);
      return { items: chosen.map(([item]) => item), scores: chosen.map(([, occurrences]) => occurrences) };
    });
}

/** Items that a row names: in the lists of its request, and in what then happened. */
function itemsOf(instance: Instance, truth: unknown): Set<string> {
  const items = itemSet(truth);
  for (const value of Object.values(instance)) if (Array.isArray(value)) for (const item of value) items.add(String(item));
  return items;
}
