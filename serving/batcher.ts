import type { Instance } from '../contracts/bundle.ts';

export type PredictMany = (instances: Instance[]) => Promise<unknown[]>;

/** Rows that go through the network at once at most; more wait for the next batch. */
const MAX_ROWS = 1024;

/**
 * Puts the requests of one tick through the network together: idle it costs nothing, busy it makes the network almost free (one call for all).
 * When a batch fails each request is asked alone, so that one request cannot fail another.
 */
export function batchPerTick(predict: PredictMany, observe: (rows: number) => void): PredictMany {
  type Waiting = { instances: Instance[]; resolve: (predictions: unknown[]) => void; reject: (error: unknown) => void };
  const waiting: Waiting[] = [];

  async function run(): Promise<void> {
    const batch: Waiting[] = [];
    let rows = 0;
    while (waiting.length > 0 && (rows === 0 || rows + waiting[0]!.instances.length <= MAX_ROWS)) {
      const next = waiting.shift()!;
      batch.push(next);
      rows += next.instances.length;
    }
    if (waiting.length > 0) setImmediate(() => void run());
    observe(rows);
    try {
      const predictions = await predict(batch.flatMap(({ instances }) => instances));
      let from = 0;
      for (const { instances, resolve } of batch) resolve(predictions.slice(from, (from += instances.length)));
    } catch (error) {
      if (batch.length === 1) return batch[0]!.reject(error);
      for (const { instances, resolve, reject } of batch) await predict(instances).then(resolve, reject);
    }
  }

  return (instances) =>
    new Promise((resolve, reject) => {
      waiting.push({ instances, resolve, reject });
      if (waiting.length === 1) setImmediate(() => void run());
    });
}
