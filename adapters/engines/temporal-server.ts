import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { launchReady } from './await-ready.ts';
import { engineProgram } from './locate.ts';
import type { Running } from './processes.ts';

export const TEMPORAL_PORTS = ['temporal', 'temporalUi', 'temporalHttp', 'temporalMetrics'] as const;
export type TemporalPorts = Record<(typeof TEMPORAL_PORTS)[number], number>;

export interface TemporalServer {
  address: string;
  uiUrl: string;
  process: Running;
}

export interface TemporalServerInput {
  /** Holds the database file; what was going on when the server ended goes on from it. */
  folder: string;
  ports: TemporalPorts;
  log: string;
  environment: NodeJS.ProcessEnv;
}

const NAMESPACE = 'default';

/** Of a queue's reads per second; the server's own 20 let an embedded stack, which has one shard, take 20 steps a second over all its runs. */
const STEPS_PER_SECOND = ['transfer', 'timer'].flatMap((queue) => ['--dynamic-config-value', `history.${queue}ProcessorMaxPollRPS=500`]);

/** Starts Temporal's development server on loopback and waits until it takes workflows. Throws EngineMissing, EngineFailed. */
export async function startTemporalServer({ folder, ports, log, environment }: TemporalServerInput): Promise<TemporalServer> {
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${ports.temporal}`;
  const attributes = SEARCH_ATTRIBUTES.flatMap(({ name, type }) => ['--search-attribute', `${name}=${typeWord(type)}`]);
  const process = await launchReady({
    what: 'Temporal',
    program: engineProgram('temporal'),
    parameters: [
      ...['server', 'start-dev', '--namespace', NAMESPACE, '--db-filename', join(folder, 'temporal.db'), '--log-level', 'error'],
      ...['--ip', '127.0.0.1', '--ui-ip', '127.0.0.1', '--ui-disable-news-fetch', '--port', String(ports.temporal), '--ui-port', String(ports.temporalUi)],
      ...['--http-port', String(ports.temporalHttp), '--metrics-port', String(ports.temporalMetrics)],
      ...[...attributes, ...STEPS_PER_SECOND],
    ],
    log,
    environment,
    ready: () => takesWorkflows(address),
    withinSeconds: 60,
  });
  return { address, uiUrl: `http://127.0.0.1:${ports.temporalUi}`, process };
}

/** `KEYWORD_LIST` is `KeywordList` on the command line. */
const typeWord = (type: string): string => type.toLowerCase().replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** The port answers a moment before the search attributes stand; a run started in between would fail. */
async function takesWorkflows(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address, connectTimeout: 1000 });
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + 2000, () =>
      connection.operatorService.listSearchAttributes({ namespace: NAMESPACE }),
    );
    return SEARCH_ATTRIBUTES.every(({ name }) => customAttributes && name in customAttributes);
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
