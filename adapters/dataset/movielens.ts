import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCsv } from './csv.ts';
import { renumbering } from './renumbering.ts';

export interface Rating {
  user: number;
  item: number;
  rating: number;
  /** Seconds since the epoch. */
  at: number;
}

export interface Product {
  item: number;
  title: string;
  year: number | null;
  genres: string;
}

export interface MovieLens {
  /** By time, then user, then item: people rate in bursts, so many share a second. */
  ratings: Rating[];
  products: Product[];
}

/** A part of the ratings in their order, as fractions of all: `from` <= place < `to`. */
export interface Slice {
  from: number;
  to: number;
}

/** One person of a slice: everything this person ever took, in order. */
export interface Shopper {
  user: number;
  items: number[];
  /** Index in `items` of the first that lies in the slice. */
  begins: number;
  /** Index after the last that lies in the slice; what the person took later follows. */
  ends: number;
}

/** Reads the files that `fetchDataset('movielens-100k')` brought. */
export async function readMovieLens(folder: string): Promise<MovieLens> {
  const ratings = (await readTable(join(folder, 'ml-100k.inter'))).map(([user, item, rating, at]) => ({
    user: Number(user),
    item: Number(item),
    rating: Number(rating),
    at: Number(at),
  }));
  const products = (await readTable(join(folder, 'ml-100k.item'))).map(([item, title, year, genres]) => ({
    item: Number(item),
    title: title!,
    year: /^\d{4}$/.test(year!) ? Number(year) : null, // one has none, one a letter
    genres: genres!,
  }));
  return { ratings: ratings.sort((a, b) => a.at - b.at || a.user - b.user || a.item - b.item), products };
}

/**
 * Writes a night's delivery as a shop would: `ratings/ratings.csv` (user, item, rating, at) and `products/products.csv` (item, title, year, genres)
 * below the model's data folder, each in place of the one before. With `renumber` half of the products have changed their numbers, in both files:
 * the delivery is consistent in itself and wrong for everyone who knows the old numbers.
 */
export async function writeNight({ ratings, products }: MovieLens, folder: string, night: Slice & { renumber?: { seed: number } }): Promise<void> {
  const numbers = night.renumber
    ? renumbering(
        products.map(({ item }) => item),
        night.renumber.seed,
      )
    : new Map<number, number>();
  const numberOf = (item: number) => numbers.get(item) ?? item;
  const delivered = slice(ratings, night).map(({ user, item, rating, at }) => [user, numberOf(item), rating, new Date(at * 1000).toISOString()]);
  await writeCsv(join(folder, 'ratings', 'ratings.csv'), ['user', 'item', 'rating', 'at'], delivered);
  const catalogue = products.map(({ item, title, year, genres }) => [numberOf(item), title, year, genres.replaceAll(' ', '|')] as const);
  await writeCsv(
    join(folder, 'products', 'products.csv'),
    ['item', 'title', 'year', 'genres'],
    [...catalogue].sort(([a], [b]) => a - b),
  );
}

/** Everyone who rated something in the slice, in ascending order of the user. */
export function shoppers({ ratings }: MovieLens, part: Slice): Shopper[] {
  const [first, last] = bounds(ratings.length, part);
  const people = new Map<number, { item: number; place: number }[]>();
  ratings.forEach(({ user, item }, place) => addTo(people, user, { item, place }));
  const active: Shopper[] = [];
  for (const [user, taken] of people) {
    const begins = taken.filter(({ place }) => place < first).length;
    const ends = taken.filter(({ place }) => place < last).length;
    if (begins < ends) active.push({ user, items: taken.map(({ item }) => item), begins, ends });
  }
  return active.sort((a, b) => a.user - b.user);
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

const slice = <T>(ratings: T[], part: Slice): T[] => ratings.slice(...bounds(ratings.length, part));

const bounds = (length: number, { from, to }: Slice): [number, number] => [Math.round(from * length), Math.round(to * length)];

/** Tab-separated with a header. */
async function readTable(path: string): Promise<string[][]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  return lines
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => line.replace(/\r$/, '').split('\t'));
}
