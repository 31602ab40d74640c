/**
 * Adjusted p-values that hold the false discovery rate over all of them (Benjamini & Hochberg 1995), in the order given:
 * those at or below q are discoveries of which at most the share q is expected to be false.
 */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const descending = ps.map((_, i) => i).sort((a, b) => ps[b]! - ps[a]!);
  const adjusted = new Array<number>(ps.length);
  let least = 1;
  descending.forEach((i, place) => {
    least = Math.min(least, (ps[i]! * ps.length) / (ps.length - place));
    adjusted[i] = least;
  });
  return adjusted;
}
