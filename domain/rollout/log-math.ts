const TABLE = logFactorialTable(1 << 14);

/** ln n!, to about 1e-15 relative; Stirling's series beyond the table. */
export function logFactorial(n: number): number {
  if (n < TABLE.length) return TABLE[n]!;
  const inverse = 1 / n;
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + inverse * (1 / 12 - (inverse * inverse) / 360); // the next term is below 1e-23 here
}

/** ln of the binomial coefficient n over k, for integers 0 <= k <= n. */
export const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/** ln Γ(x) for x > 0: Stirling's series after shifting x above 10. */
export function logGamma(x: number): number {
  let shift = 0;
  while (x < 10) shift += Math.log(x++);
  const inverse = 1 / x;
  const series = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1260 - inverse ** 7 / 1680;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** ln B(a, b) */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/** ln of the mean of exp(values); −∞ entries are fine, an empty list is not. */
export function logMeanExp(values: readonly number[]): number {
  const most = Math.max(...values);
  if (most === -Infinity) return -Infinity;
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0) / values.length);
}

/**
 * ln Φ(x) of the standard normal distribution, to about 1e-7 absolute in Φ; the lower tail by its asymptotic series, so that it never becomes −∞.
 * Source: Abramowitz and Stegun, 7.1.26 and 26.2.12.
 */
export function logNormalCdf(x: number): number {
  if (x < -5) return -0.5 * x * x - 0.5 * Math.log(2 * Math.PI) - Math.log(-x) + Math.log(1 - 1 / x ** 2 + 3 / x ** 4);
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const tail = 0.5 * t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-z * z);
  return Math.log(x < 0 ? tail : 1 - tail);
}

/** `points` values evenly spaced between ln(from) and ln(to), ends included: a grid of log odds ratios. */
export const logGrid = (from: number, to: number, points: number): number[] =>
  Array.from({ length: points }, (_, i) => Math.log(from) + (i / (points - 1)) * Math.log(to / from));

function logFactorialTable(size: number): Float64Array {
  const table = new Float64Array(size);
  for (let n = 2; n < size; n++) table[n] = table[n - 1]! + Math.log(n);
  return table;
}
