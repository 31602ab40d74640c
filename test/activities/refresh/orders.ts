import type { DataDefinition } from '../../../activities/refresh.ts';
import { between, notNull, unique, unitsApart } from '../../../models/expect.ts';
import { csv } from '../../../models/sources.ts';

/** Orders of a small shop; the label is whether a customer came back. */
export const ORDERS: DataDefinition = {
  name: 'returns',
  unit: 'customer',
  sources: { orders: csv('orders/*.csv', { customer: 'INTEGER', amount: 'DOUBLE', channel: 'VARCHAR', day: 'DATE' }) },
  refresh: {
    clean: { orders: `SELECT DISTINCT * FROM orders WHERE amount IS NOT NULL` },
    examples: `SELECT customer, count(*) AS orders, avg(amount) AS amount, list(channel ORDER BY day, channel) AS channels, count(*) > 1 AS returned,
      CASE WHEN customer % 5 = 0 THEN 'test' ELSE 'train' END AS split FROM orders GROUP BY customer`,
    expect: [notNull('orders', 'customer'), between('orders', 'amount', 0, 1000), unique('examples', 'customer'), unitsApart('customer')],
  },
};
