import { historyRecommender } from '../history-recommender/index.ts';
import { defineModel, type Row } from '../define.ts';
import { between, inTable, minRows, notNull, unique } from '../expect.ts';
import { csv } from '../sources.ts';

/**
 * What should we show someone next, given what they took so far? One folder like this one is all that a model needs: where its data
 * comes from, what must be true of it, how examples are made, what learns, how it is judged, and how it ships.
 */
export default defineModel({
  name: 'recommendation',
  task: 'ranking',
  unit: 'user',

  sources: {
    ratings: csv('ratings/*.csv', { user: 'VARCHAR', item: 'INTEGER', rating: 'DOUBLE', at: 'TIMESTAMP' }),
    products: csv('products/*.csv', { item: 'INTEGER', title: 'VARCHAR', year: 'INTEGER', genres: 'VARCHAR' }),
  },

  refresh: {
    clean: {
      // Whoever rates a thing took it, whatever they thought of it; of several ratings of one thing the first tells when.
      taken: `SELECT "user", item, min("at") AS "at" FROM ratings GROUP BY ALL`,
      // Within a second by item, so that the order is the same on every machine.
      sequences: `
        SELECT *, row_number() OVER (PARTITION BY "user" ORDER BY "at", item) AS place,
          "at" > (SELECT quantile_disc("at", 0.8) FROM taken) AS newest
        FROM taken`,
    },
    // Split by time, before anything is fitted: the newest fifth is test, as tomorrow's visitors will be. A training row is all that
    // someone took before; a test row is a point in someone's newest part: what was known there, and the next five.
    examples: `
      WITH lists AS (
        SELECT "user", list(item::VARCHAR ORDER BY place) AS items, count(*) FILTER (NOT newest) AS known, count(*) FILTER (newest) AS unknown
        FROM sequences GROUP BY "user"),
      points AS (
        SELECT *, known + unnest(list_distinct([(unknown * eighth) // 8 FOR eighth IN range(8)])) AS point FROM lists WHERE unknown > 0)
      SELECT "user", 'train' AS split, items[:known] AS history, []::VARCHAR[] AS next FROM lists WHERE known > 0
      UNION ALL
      SELECT "user", 'test' AS split, items[:point] AS history, items[point + 1:point + 5] AS next FROM points
      ORDER BY split, "user", history`,
    expect: [
      notNull('ratings', 'user'),
      notNull('ratings', 'item'),
      notNull('ratings', 'at'),
      between('ratings', 'rating', 0.5, 5),
      inTable('ratings', 'item', 'products'),
      unique('products', 'item'),
      minRows('ratings', 1000),
    ],
  },

  instance: ({ user, history }: Row) => ({ user, history }),
  truth: ({ next }: Row) => next,

  signature: {
    unit: 'user',
    inputs: {
      user: { type: 'string', required: true, doc: 'Whom the answer is for; decides which version answers, and is not seen by the network.' },
      history: { type: 'string[]', required: true, doc: 'Ids of the items taken so far, oldest first. Unknown ids are ignored; empty for someone new.' },
    },
    outputs: {
      items: { type: 'string[]', doc: 'Ten item ids, best first, none of the history.' },
      scores: { type: 'number[]', doc: 'Probability of each to be among the next.' },
    },
    example: { user: 'u-1', history: ['50', '181', '174'] },
  },

  learner: historyRecommender({ unit: 'user', training: { learningRate: 3e-3, batchSize: 256, epochs: 20 } }),

  evaluate: {
    primary: 'hitRate@10',
    guardrails: ['ndcg@10'],
    k: 10,
    baseline: 'popularity',
    slices: {
      history: ({ history }: Row) => lengthBand((history as string[]).length),
    },
  },

  policy: {
    // Suspicious only above a third: a first version from few people is rightly beaten by a quarter once there are many.
    gate: { margin: 0.01, guardrailMargins: { 'ndcg@10': 0.01 }, absolute: { 'hitRate@10': 0.2 }, suspiciousRelative: 0.35 },
    rollout: { primary: { name: 'hit', kind: 'rate', good: true } },
  },
});

const lengthBand = (length: number): string => (length === 0 ? 'new' : length < 20 ? '1–19' : length < 100 ? '20–99' : '100 and more');
