import { unitMean, type Statistic } from './statistic.ts';

export const absoluteErrorOf = (predicted: number, actual: number): number => Math.abs(predicted - actual);

/** Root of the mean over units of the squared error. Less is better. */
export function rmse(unitOf: Int32Array, predicted: Float64Array, actual: Float64Array): Statistic {
  const mean = unitMean(
    unitOf,
    predicted.map((value, row) => (value - actual[row]!) ** 2),
  );
  return (weights) => Math.sqrt(mean(weights));
}
