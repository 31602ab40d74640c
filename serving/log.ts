import type { Logger } from 'pino';

/** The part of pino that serving uses; a test may pass a silent one. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
