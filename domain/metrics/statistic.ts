/**
 * A metric over the test rows as a function of how often each unit counts: all ones give the metric, the draws of a bootstrap
 * give its replicates. NaN when the weights leave nothing to compute it from.
 */
export type Statistic = (weights: ArrayLike<number>) => number;

/**
 * The mean over units of each unit's mean over its rows. Rows whose value is NaN do not count.
 * @param unitOf unit of each row, an index into the weights
 */
export function unitMean(unitOf: Int32Array, values: Float64Array): Statistic {
  const { units, means } = perUnit(unitOf, values);
  return (weights) => {
    let sum = 0;
    let drawn = 0;
    for (let i = 0; i < units.length; i++) {
      const weight = weights[units[i]!]!;
      sum += weight * means[i]!;
      drawn += weight;
    }
    return sum / drawn;
  };
}

/** Mean of each unit's rows, for the units that have any; ascending units. */
export function perUnit(unitOf: Int32Array, values: Float64Array): { units: Int32Array; means: Float64Array } {
  let size = 0;
  for (const unit of unitOf) if (unit >= size) size = unit + 1;
  const sums = new Float64Array(size);
  const rows = new Float64Array(size);
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) continue;
    sums[unitOf[row]!]! += values[row]!;
    rows[unitOf[row]!]!++;
  }
  const units = Int32Array.from(rows.keys()).filter((unit) => rows[unit]! > 0);
  return { units, means: Float64Array.from(units, (unit) => sums[unit]! / rows[unit]!) };
}
