import { createHash } from 'node:crypto';
import type { Shopper } from '../../adapters/dataset/movielens.ts';

/** What a shopper takes next counts as found when it is among these many. */
const NEXT = 5;

/** Someone at the shop's door: a real person at a point of what this person really did, under a name of its own. */
export interface Visitor {
  /** Never used twice, so that units are independent by construction however often a person is drawn. */
  unit: string;
  /** What the person had taken before, oldest first. */
  history: string[];
  /** The next five that the person really took; fewer at the end of the data. */
  next: string[];
}

/**
 * The n-th visitor of a replay: a person drawn from all, with replacement, and one of the points of that person's time in the slice.
 * The same replay and number give the same visitor, in whatever order they come.
 */
export function drawVisitor(people: readonly Shopper[], replay: string, n: number): Visitor {
  const [who, when] = lots(`${replay}/${n}`);
  const { items, begins, ends } = people[Math.floor(who * people.length)]!;
  const point = begins + Math.floor(when * (ends - begins));
  return { unit: `${replay}/${n}`, history: items.slice(0, point).map(String), next: items.slice(point, point + NEXT).map(String) };
}

/** Two numbers in [0, 1), evenly spread, from a text. */
function lots(text: string): [number, number] {
  const digest = createHash('sha256').update(text).digest();
  return [digest.readUIntBE(0, 6) / 2 ** 48, digest.readUIntBE(6, 6) / 2 ** 48];
}

/** Whether one of the next things that the person really took was recommended. */
export const found = ({ next }: Visitor, recommended: readonly string[]): boolean => next.some((item) => recommended.includes(item));
