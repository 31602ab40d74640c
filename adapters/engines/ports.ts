import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { NightjarError } from '../../contracts/errors.ts';

/** SeaweedFS and its own clients look for each gRPC port this far above the HTTP port. */
const GRPC_OFFSET = 10_000;
// Below the range from which the kernel gives ports to outgoing connections, so that a port is still free after a restart.
const LOWEST = 11_000;
const HIGHEST = 22_000;

/** Whether nobody listens on this port of the loopback interface. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A port at which nobody listens, nor at the same port + 10,000; others that are spoken for are left out. */
export async function freePort(spokenFor: number[] = []): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!spokenFor.includes(port) && (await isFree(port)) && (await isFree(port + GRPC_OFFSET))) return port;
  }
  throw new NightjarError('PortTaken', `No free port between ${LOWEST} and ${HIGHEST}.`);
}

/** Free ports by name; those in `wanted` as they are. Throws PortTaken when a wanted one is not free. */
export async function choosePorts<Name extends string>(names: readonly Name[], wanted: Partial<Record<Name, number>> = {}): Promise<Record<Name, number>> {
  const chosen: Partial<Record<Name, number>> = {};
  for (const name of names) {
    const port = wanted[name] ?? (await freePort(Object.values<number | undefined>({ ...wanted, ...chosen }).filter((taken) => taken !== undefined)));
    if (wanted[name] !== undefined && !(await isFree(port))) throw new NightjarError('PortTaken', `${name}: 127.0.0.1:${port}.`);
    chosen[name] = port;
  }
  return chosen as Record<Name, number>;
}
