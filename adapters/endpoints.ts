import { keys } from '../contracts/ids.ts';
import type { Endpoints } from '../contracts/routes.ts';
import type { ObjectStore } from '../contracts/store.ts';
import type { RunningServer } from './deploy-target/target.ts';
import { updateJson } from './objects.ts';

/** Tells the gateways where a version answers. Repeating it changes nothing. */
export async function announce(store: ObjectStore, { model, version, digest, url }: RunningServer): Promise<void> {
  await updateJson<Endpoints>(store, keys.endpoints(model), (current) => {
    const servers = current?.servers ?? [];
    if (servers.some((server) => server.version === version && server.digest === digest && server.url === url)) return null;
    return { model, servers: [...servers.filter((server) => server.version !== version), { version, digest, url }] };
  });
}

/** Tells the gateways that these versions do not answer any more. */
export async function withdraw(store: ObjectStore, model: string, versions: number[]): Promise<void> {
  await updateJson<Endpoints>(store, keys.endpoints(model), (current) => {
    if (!current?.servers.some(({ version }) => versions.includes(version))) return null;
    return { model, servers: current.servers.filter(({ version }) => !versions.includes(version)) };
  });
}
