/**
 * The one number of a prediction whose distribution is watched, or null when it has none: the prediction itself when it is a number,
 * else its `score`, `probability` or `value`, else the best of its `scores` (a ranking is ordered, so the first) or `probabilities`.
 */
export function scoreOf(prediction: unknown): number | null {
  if (typeof prediction === 'number') return prediction;
  if (typeof prediction !== 'object' || prediction === null) return null;
  const { score, probability, value, scores, probabilities } = prediction as Record<string, unknown>;
  const single = [score, probability, value].find((candidate) => typeof candidate === 'number');
  if (single !== undefined) return single;
  if (Array.isArray(scores)) return typeof scores[0] === 'number' ? scores[0] : null;
  if (typeof probabilities !== 'object' || probabilities === null) return null;
  const values = Object.values(probabilities).filter((candidate): candidate is number => typeof candidate === 'number');
  return values.length > 0 ? Math.max(...values) : null;
}
