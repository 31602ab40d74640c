/** Points in [−1, 1] at which a polynomial through a smooth function's values is nearly the best one. */
export const chebyshevPoints = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.cos((Math.PI * (i + 0.5)) / count));

/** The polynomial on [−1, 1] through `values` at `chebyshevPoints(values.length)`, evaluated by Clenshaw's recurrence. */
export function throughPoints(values: ArrayLike<number>): (x: number) => number {
  const count = values.length;
  const coefficients = Array.from({ length: count }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[i]! * Math.cos((Math.PI * j * (i + 0.5)) / count);
    return (2 / count) * sum;
  });
  return (x) => {
    let next = 0;
    let afterNext = 0;
    for (let j = count - 1; j > 0; j--) {
      const here = 2 * x * next - afterNext + coefficients[j]!;
      afterNext = next;
      next = here;
    }
    return x * next - afterNext + coefficients[0]! / 2;
  };
}
