import type { Slice } from '../../adapters/dataset/movielens.ts';

/** A night as the shop lives it. Only what is delivered is decided here; how the night ends is what happens. */
export interface Night {
  number: number;
  /** What is delivered, in place of what was there; null: nothing. */
  delivered: (Slice & { renumbered: boolean }) | null;
  /** Whose later ratings the visitors replay while the night's challenger is tried; null: nobody visits. */
  visitors: Slice | null;
  /** For a person, before it begins. */
  told: string;
  /** Why the demo says yes when a person is asked. */
  approves: string;
}

/** The four nights; with `healthy` nothing is wrong with the last delivery. */
export const nightsOf = (healthy: boolean): Night[] => [
  {
    number: 1,
    delivered: { from: 0, to: 0.1, renumbered: false },
    visitors: null,
    told: 'The shop is young: the first 10 % of all ratings, by time.',
    approves: 'A first version has nothing to be compared with but the baseline; it is better than that.',
  },
  {
    number: 2,
    delivered: { from: 0, to: 0.6, renumbered: false },
    visitors: { from: 0.6, to: 0.8 },
    told: 'Much more has happened: the first 60 %.',
    approves: 'Six times the data; it may well be that much better.',
  },
  { number: 3, delivered: null, visitors: null, told: 'Nothing new is delivered.', approves: 'Not expected.' },
  {
    number: 4,
    visitors: { from: 0.8, to: 1 },
    ...(healthy ? GROWN : RENUMBERED),
  },
];

const GROWN: Pick<Night, 'delivered' | 'told' | 'approves'> = {
  delivered: { from: 0, to: 0.8, renumbered: false },
  told: 'The shop has grown on: the first 80 %. Nothing is wrong with the delivery (--healthy).',
  approves: 'The figures look good.',
};

const RENUMBERED: typeof GROWN = {
  delivered: { from: 0.6, to: 0.8, renumbered: true },
  told:
    'A fault that this demo injects: the catalogue export has renumbered half of the products, and holds what happened since, 60 % to 80 %. ' +
    'Ratings and products agree with each other, so every rule holds, and the offline test, drawn from the same delivery, cannot know. ' +
    'The shop goes on with the true numbers.',
  approves: 'The figures look great and it is late. (A hurried person: the gate has warned.)',
};
