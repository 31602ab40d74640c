import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../durable-files.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import type { WantedServer } from './target.ts';

/** What the process target knows of a server; `<home>/servers/<model>@<version>.json`. */
export interface ServerRecord extends WantedServer {
  port: number;
  /** Null between the decision to start it and its start. */
  process: ProcessIdentity | null;
  /** False once it is to be stopped. */
  desired: boolean;
}

/** The log of a model server that runs as a process. */
export const serverLog = (home: string, { model, version }: { model: string; version: number | string }): string =>
  join(home, 'logs', `server-${model}@${version}.log`);

export interface ServerRecords {
  read(model: string, version: number): Promise<ServerRecord | null>;
  write(record: ServerRecord): Promise<ServerRecord>;
  remove(model: string, version: number): Promise<void>;
  all(): Promise<ServerRecord[]>;
}

export function serverRecords(home: string): ServerRecords {
  const folder = join(home, 'servers');
  const path = (model: string, version: number) => join(folder, `${model}@${version}.json`);
  const parse = async (file: string) => {
    const body = await readFile(file, 'utf8').catch(() => null);
    return body === null ? null : (JSON.parse(body) as ServerRecord);
  };
  return {
    read: (model, version) => parse(path(model, version)),
    async write(record) {
      await mkdir(folder, { recursive: true });
      await writeDurably(path(record.model, record.version), JSON.stringify(record));
      return record;
    },
    remove: (model, version) => rm(path(model, version), { force: true }),
    async all() {
      const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json'));
      return (await Promise.all(files.map((file) => parse(join(folder, file))))).filter((record) => record !== null);
    },
  };
}
