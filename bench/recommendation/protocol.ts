import { fetchDataset } from '../../adapters/dataset/fetch.ts';
import { readMovieLens, writeNight } from '../../adapters/dataset/movielens.ts';
import { readParquetRows } from '../../adapters/duckdb.ts';
import type { Predictor } from '../../contracts/bundle.ts';
import type { DefinedModel } from '../../models/define.ts';
import type { Recommendation } from '../../models/history-recommender/predictor.ts';
import recommendation from '../../models/recommendation/model.ts';

/** One person: all that was taken before the last, in order, and the last. */
export interface Person {
  user: string;
  history: string[];
  next: string[];
}

export interface Quality {
  hitRate: number;
  ndcg: number;
}

/**
 * The model `recommendation` on MovieLens 100k, last one out: per person by (time, item), the last rating is the question, all before
 * are the training; every rating counts as taken, all items that the person has not rated are ranked.
 */
export const LAST_ONE_OUT: DefinedModel = {
  ...recommendation,
  refresh: {
    ...recommendation.refresh,
    examples: `
      WITH lists AS (SELECT "user", list(item::VARCHAR ORDER BY place) AS items FROM sequences GROUP BY "user")
      SELECT "user", 'train' AS split, items[:-2] AS history, []::VARCHAR[] AS next FROM lists
      UNION ALL
      SELECT "user", 'test' AS split, items[:-2] AS history, items[-1:] AS next FROM lists
      ORDER BY split, "user"`,
  },
};

/** Writes the whole of MovieLens 100k as the model's delivery. */
export async function deliver(dataFolder: string): Promise<void> {
  const folder = await fetchDataset('movielens-100k', (text) => void process.stderr.write(`${text}\n`));
  await writeNight(await readMovieLens(folder), dataFolder, { from: 0, to: 1 });
}

export async function readPeople(testParquet: string): Promise<Person[]> {
  const people: Person[] = [];
  for await (const rows of readParquetRows(testParquet, { columns: ['user', 'history', 'next'] })) people.push(...(rows as unknown as Person[]));
  return people;
}

/** HitRate and NDCG at 10, means over people. */
export async function qualityOf(predictor: Predictor, people: Person[]): Promise<Quality> {
  const answers = (await predictor.predict(people.map(({ user, history }) => ({ user, history })))) as Recommendation[];
  const ranks = people.map(({ next }, i) => answers[i]!.items.indexOf(next[0]!));
  const mean = (value: (rank: number) => number) => ranks.reduce((sum, rank) => sum + (rank < 0 ? 0 : value(rank)), 0) / ranks.length;
  return { hitRate: mean(() => 1), ndcg: mean((rank) => 1 / Math.log2(rank + 2)) };
}
