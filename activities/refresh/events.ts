import type { DuckDb } from '../../adapters/duckdb.ts';
import { sqlName, sqlText } from '../../contracts/sql.ts';
import type { SourceFile } from './files.ts';

const OF_BOTH = { kind: 'VARCHAR', at: 'BIGINT', id: 'VARCHAR', unit: 'VARCHAR' };
const OF_EXPOSURE = { rollout: 'VARCHAR', arm: 'VARCHAR', version: 'INTEGER', share: 'DOUBLE', status: 'VARCHAR', milliseconds: 'DOUBLE' };
const OF_REWARD = { name: 'VARCHAR', value: 'DOUBLE' };

/**
 * What the gateway logged, as the tables `exposures` and `rewards`. The log is of our own making: a segment that cannot be read is a
 * failure (SourceUnreadable), not a bad batch.
 */
export async function readEvents(database: DuckDb, files: SourceFile[]): Promise<void> {
  const columns = Object.entries({ ...OF_BOTH, ...OF_EXPOSURE, ...OF_REWARD });
  const segments = files.filter(({ bytes }) => bytes > 0).map(({ local }) => sqlText(local));
  const events =
    segments.length > 0
      ? `SELECT * FROM read_ndjson([${segments.join(', ')}], columns={${columns.map(([column, type]) => `${sqlName(column)}: '${type}'`).join(', ')}})`
      : `SELECT ${columns.map(([column, type]) => `NULL::${type} AS ${sqlName(column)}`).join(', ')} LIMIT 0`;
  await database.run(`CREATE TABLE "raw events" AS SELECT * REPLACE (epoch_ms("at") AS "at") FROM (${events})`, 'the event log');
  for (const [table, kind, own] of [['exposures', 'exposure', OF_EXPOSURE] as const, ['rewards', 'reward', OF_REWARD] as const])
    await database.run(`CREATE VIEW ${table} AS SELECT "at", id, unit, ${Object.keys(own).join(', ')} FROM "raw events" WHERE kind = '${kind}'`);
}
