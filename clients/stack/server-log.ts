import { serverLog } from '../../adapters/deploy-target/server-records.ts';

/** The log of a process of the stack by its command line; null for one that is no model server. */
export function logOfServer(home: string, command: string): string | null {
  const [, model, version] = /model-server-main\.js .*--model (\S+) --version (\d+)/.exec(command) ?? [];
  return model && version ? serverLog(home, { model, version }) : null;
}
