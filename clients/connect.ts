import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { openStore } from '../adapters/s3-store.ts';
import { NightjarError } from '../contracts/errors.ts';
import { settingsSchema } from '../contracts/settings.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { environmentOf } from './stack/environment.ts';
import type { StackFolder } from './stack/folder.ts';
import { livingStack } from './stack/record.ts';

/** The stack in the folder, unless the environment names another Temporal: that one comes first. From here on this process speaks to it. */
export function useStack(folder: StackFolder): void {
  if (process.env.TEMPORAL_ADDRESS) return;
  const stack = livingStack(folder);
  if (stack) Object.assign(process.env, environmentOf(stack));
}

/** The object store of the stack in the folder, or the one that AWS_* names. Throws NotRunning when there is neither. */
export function storeOf(folder: StackFolder): ObjectStore {
  useStack(folder);
  if (!process.env.AWS_ENDPOINT_URL_S3 && !process.env.TEMPORAL_ADDRESS) throw new NightjarError('NotRunning', `Folder: ${folder.root}.`);
  return openStore(settingsSchema.parse(process.env).NIGHTJAR_BUCKET);
}

const CONNECT_MS = 5000;

/** Calls `use` with a client of Temporal: the stack in the folder, or what TEMPORAL_* or the profile file name. Throws NotRunning. */
export async function withTemporal<T>(folder: StackFolder, use: (client: Client) => Promise<T>): Promise<T> {
  useStack(folder);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  if (!connectionOptions.address) throw new NightjarError('NotRunning', `Folder: ${folder.root}.`);
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_MS }).catch((cause: unknown) => {
    throw new NightjarError('NotRunning', `Temporal at ${connectionOptions.address} does not answer.`, { cause });
  });
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}
