import { createHash } from 'node:crypto';

/**
 * New numbers for half of the items, among themselves: each item of that half gets the number of another one. The same seed gives the same.
 * Items that keep their number are not in the map.
 */
export function renumbering(items: number[], seed: number): Map<number, number> {
  const drawn = items
    .map((item) => ({ item, lot: createHash('sha256').update(`${seed}:${item}`).digest('hex') }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, Math.floor(items.length / 2))
    .map(({ item }) => item);
  // One step round a circle in drawn order: nobody keeps the own number.
  return new Map(drawn.map((item, i) => [item, drawn[(i + 1) % drawn.length]!]));
}
