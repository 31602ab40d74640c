/** Maps a value to a place in pixels. */
export type Scale = (value: number) => number;

export const scale =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale =>
  (value) =>
    start + ((value - from) / (to - from || 1)) * (end - start);

/** About `count` round numbers (1, 2 or 5 times a power of ten apart) that lie in the range, ascending. */
export function ticks([from, to]: readonly [number, number], count = 5): number[] {
  const rough = (to - from) / count;
  if (!(rough > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The range of the values with some room on both sides. */
export function roomy(values: readonly number[], room = 0.08): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const extra = (high - low || Math.abs(high) || 1) * room;
  return [low - extra, high + extra];
}
