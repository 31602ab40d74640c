/** How far a server's answer may be from the golden one: other machines and backends round otherwise. */
export const TOLERANCE = 1e-6;

/** Whether two predictions (plain JSON) agree: numbers within TOLERANCE (relative above 1), everything else exactly. */
export function samePrediction(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') return Math.abs(one - other) <= TOLERANCE * Math.max(1, Math.abs(one), Math.abs(other));
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, i) => samePrediction(item, other[i]));
  if (isRecord(one) && isRecord(other)) {
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && samePrediction(one[name], other[name]));
  }
  return one === other;
}

/** Whether every number in a prediction is one: JSON has no NaN, it would silently become null. */
export function isFinitePrediction(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isFinitePrediction);
  return !isRecord(value) || Object.values(value).every(isFinitePrediction);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
