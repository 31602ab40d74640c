/** What snapshots describe: what a model is trained on. */
export const TRAIN_ROWS = `(SELECT * EXCLUDE (split) FROM examples WHERE split = 'train')`;

/** All of them up to a million, then every so many-th by a fixed hash, so that the same data gives the same sample. */
export const TRAIN_SAMPLE = `(SELECT * EXCLUDE (split) FROM examples WHERE split = 'train'
  AND hash(rowid) % greatest(1, (SELECT count(*) // 1000000 FROM examples))::UBIGINT = 0)`;
