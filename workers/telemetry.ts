import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import type { Settings } from '../contracts/settings.ts';
import type { Pool } from '../contracts/task-queues.ts';

/**
 * Logs of this process and of Temporal's core as one stream of JSON lines, and metrics for Prometheus where TEMPORAL_METRICS_ADDRESS is set.
 * The suffixes and seconds are what published dashboards and alerts expect; the buckets reach to a day, for trainings last hours.
 */
export function installTelemetry(pool: Pool, settings: Settings): Logger {
  const log = pino({ level: settings.NIGHTJAR_LOG_LEVEL, base: { pool } });
  const bindAddress = process.env.TEMPORAL_METRICS_ADDRESS;
  Runtime.install({
    logger: {
      log: (level, message, meta) => log[levels[level]]({ ...meta }, message),
      trace: (message, meta) => log.trace({ ...meta }, message),
      debug: (message, meta) => log.debug({ ...meta }, message),
      info: (message, meta) => log.info({ ...meta }, message),
      warn: (message, meta) => log.warn({ ...meta }, message),
      error: (message, meta) => log.error({ ...meta }, message),
    },
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) },
      metrics: bindAddress
        ? {
            globalTags: { pool },
            prometheus: {
              bindAddress,
              countersTotalSuffix: true,
              unitSuffix: true,
              useSecondsForDurations: true,
              histogramBucketOverrides: { temporal_activity_execution_latency: [0.05, 0.5, 5, 30, 60, 300, 900, 3600, 14_400, 86_400] },
            },
          }
        : undefined,
    },
  });
  return log;
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
