import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where a stack keeps what; everything below one folder. */
export function stackFolder(dir: string) {
  const root = resolve(dir);
  const at = (...names: string[]) => join(root, ...names);
  return {
    root,
    record: at('stack.json'),
    lock: at('stack.lock'),
    ports: at('ports.json'),
    marker: at('marker'),
    credentials: at('credentials.json'),
    temporal: at('temporal'),
    s3: at('s3'),
    data: at('data'),
    logs: at('logs'),
    log: (name: string) => at('logs', `${name}.log`),
  };
}
export type StackFolder = ReturnType<typeof stackFolder>;

/** Writes a file whole or not at all; readable by its owner only, for it may hold the credentials. */
export function writeWhole(path: string, text: string): void {
  const partial = `${path}.${randomUUID()}`;
  writeFileSync(partial, text, { mode: 0o600 });
  renameSync(partial, path);
}

export const readJsonFile = <T>(path: string): T | null => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null);

/** A word in the environment of everything that a stack starts, directly or not; what is left of a killed stack is found by it. */
export function stackMarker(folder: StackFolder): string {
  if (!existsSync(folder.marker)) writeWhole(folder.marker, randomUUID());
  return readFileSync(folder.marker, 'utf8');
}

/** Logs begin anew at each start; the ones before are kept as `<name>.log.1`. */
export function rotateLogs(folder: StackFolder): void {
  mkdirSync(folder.logs, { recursive: true });
  for (const name of readdirSync(folder.logs).filter((file) => file.endsWith('.log'))) renameSync(join(folder.logs, name), join(folder.logs, `${name}.1`));
}
