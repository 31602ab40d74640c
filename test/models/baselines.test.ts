import { describe, expect, test } from 'vitest';
import { fitBaseline } from '../../models/baselines.ts';
import type { Task } from '../../domain/metrics/metric.ts';
import type { Row } from '../../models/define.ts';

async function* batches(...all: Row[][]): AsyncIterable<Row[]> {
  for (const batch of all) yield await Promise.resolve(batch);
}
const model = (task: Task, baseline: 'popularity' | 'majority-class' | 'mean', k?: number) => ({
  task,
  instance: ({ user, history }: Row) => ({ user, history }),
  truth: ({ truth }: Row) => truth,
  evaluate: { baseline, k },
});

describe('popularity', () => {
  const rows = () =>
    batches(
      [{ history: ['a', 'b'], truth: ['c'] }],
      [
        { history: ['b', 'c'], truth: null },
        { history: ['b'], truth: [] },
      ],
    );
  test('what occurs most, in histories and truths, without what the request names already', async () => {
    const { predict, popularity } = await fitBaseline(model('ranking', 'popularity', 2), rows());
    expect(predict([{ history: [] }, { history: ['b'] }])).toEqual([
      { items: ['b', 'c'], scores: [3, 2] },
      { items: ['c', 'a'], scores: [2, 1] },
    ]);
    expect(popularity).toEqual({ counts: new Map([['a', 1], ['b', 3], ['c', 2]]), total: 6 }); // prettier-ignore
  });
  test('an item counts once per row, in equal numbers the order is fixed', async () => {
    const { predict } = await fitBaseline(model('ranking', 'popularity'), batches([{ history: ['z', 'y', 'z'], truth: ['z'] }]));
    expect(predict([{ history: [] }])).toEqual([{ items: ['y', 'z'], scores: [1, 1] }]);
  });
});

test('the majority is a share, the mean a mean, nothing is zero', async () => {
  const truths = (...values: unknown[]) => batches(values.map((truth) => ({ truth })));
  expect((await fitBaseline(model('binary', 'majority-class'), truths(true, 0, '1', false))).predict([{}, {}])).toEqual([0.5, 0.5]);
  expect((await fitBaseline(model('regression', 'mean'), truths(1, 2, 6))).predict([{}])).toEqual([3]);
  expect((await fitBaseline(model('regression', 'mean'), truths())).predict([{}])).toEqual([0]);
});
