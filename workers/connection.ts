import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';

export interface Connections {
  connection: NativeConnection;
  client: Client;
  namespace: string;
  address: string;
}

/** Connects by the ecosystem's own settings (TEMPORAL_* or the profile file). Waits for the server: a worker may start before it. */
export async function openConnections(): Promise<Connections> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await NativeConnection.connect(connectionOptions);
  const client = new Client({ connection: await Connection.connect(connectionOptions), namespace });
  return { connection, client, namespace, address: connectionOptions.address ?? 'localhost:7233' };
}
