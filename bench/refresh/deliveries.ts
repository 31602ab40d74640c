import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DataDefinition } from '../../activities/refresh.ts';
import { openDuckDb } from '../../adapters/duckdb.ts';
import { sqlText } from '../../contracts/sql.ts';
import { between, notNull, oneOf, unique, unitsApart } from '../../models/expect.ts';
import { csv } from '../../models/sources.ts';

export const ROWS = 10_000_000;

/** Deliveries of a shop: who took what, when, by which channel, at what price; cleaned, normalised and split by customer. */
export const DELIVERIES: DataDefinition = {
  name: 'deliveries',
  unit: 'customer',
  sources: {
    deliveries: csv('deliveries/*.csv', { customer: 'INTEGER', item: 'INTEGER', rating: 'INTEGER', taken: 'TIMESTAMP', channel: 'VARCHAR', price: 'DOUBLE' }),
  },
  refresh: {
    clean: {
      deliveries: `SELECT * FROM deliveries WHERE price IS NOT NULL AND price > 0
        QUALIFY row_number() OVER (PARTITION BY customer, item ORDER BY taken DESC) = 1`,
    },
    examples: `SELECT customer, item, rating, channel, ln(1 + price) AS price, hour(taken) AS hour,
      CASE WHEN customer % 5 = 0 THEN 'test' ELSE 'train' END AS split FROM deliveries`,
    expect: [
      notNull('deliveries', 'customer'),
      between('deliveries', 'rating', 1, 5),
      oneOf('deliveries', 'channel', ['web', 'app', 'store', 'phone']),
      unique('deliveries', ['customer', 'item']),
      unitsApart('customer'),
    ],
  },
};

/** Ten million lines, always the same: 1 % without a price, 1 % with one of 0, some pairs of customer and item more than once. */
export async function writeDeliveries(path: string): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const database = await openDuckDb({ memoryLimit: '1GB' });
  const lines = `SELECT (hash(range) % 200000)::INTEGER AS customer, (hash(range * 7 + 1) % 5000)::INTEGER AS item, (hash(range + 3) % 5 + 1)::INTEGER AS rating,
    TIMESTAMP '2024-01-01' + to_seconds(range * 3) AS taken, ['web', 'app', 'store', 'phone'][1 + (hash(range + 9) % 4)::INTEGER] AS channel,
    CASE hash(range + 13) % 100 WHEN 0 THEN NULL WHEN 1 THEN 0 ELSE (hash(range + 11) % 100000 + 1) / 100.0 END AS price FROM range(${ROWS})`;
  await database.run(`COPY (${lines}) TO ${sqlText(`${path}.partial`)} (HEADER)`);
  database.close();
  await rename(`${path}.partial`, path);
}
