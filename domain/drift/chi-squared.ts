/** Probability that a chi-squared variable with `degrees` degrees of freedom exceeds `statistic`: the upper incomplete gamma function Q(degrees/2, statistic/2) (DLMF 8.7.1 and 8.9.2). */
export function chiSquaredTail(statistic: number, degrees: number): number {
  if (!(statistic > 0)) return 1;
  const [a, x] = [degrees / 2, statistic / 2];
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; term > sum * 1e-16; n++) sum += term *= x / (a + n);
  return sum;
}

/** Continued fraction, evaluated by Lentz's method. */
function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 10_000; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / notZero(numerator * d + b);
    c = notZero(b + numerator / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return value;

  function notZero(denominator: number): number {
    return Math.abs(denominator) < tiny ? tiny : denominator;
  }
}

/** ln Γ(x) for x > 0: shifted up to where Stirling's series (DLMF 5.11.1) is exact to a double. */
export function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 15; y++) shift += Math.log(y);
  const square = 1 / (y * y);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / y;
  return (y - 0.5) * Math.log(y) - y + Math.log(2 * Math.PI) / 2 + series - shift;
}
