import { setTimeout as sleep } from 'node:timers/promises';
import { choosePorts, isFree } from '../../adapters/engines/ports.ts';
import { S3_PORTS } from '../../adapters/engines/s3-server.ts';
import { TEMPORAL_PORTS } from '../../adapters/engines/temporal-server.ts';
import { readJsonFile, writeWhole, type StackFolder } from './folder.ts';

const NAMES = ['gateway', ...TEMPORAL_PORTS, ...S3_PORTS] as const;
export type StackPorts = Record<(typeof NAMES)[number], number>;
export type WantedPorts = Partial<Record<'gateway' | 'temporal' | 'temporalUi' | 's3', number>>;

/** The ports asked for, else those of the last start where they are free, else free ones. Throws PortTaken for one asked for. */
export async function stackPorts(folder: StackFolder, wanted: WantedPorts): Promise<StackPorts> {
  const before = readJsonFile<Partial<StackPorts>>(folder.ports) ?? {};
  const fixed: Partial<StackPorts> = {};
  for (const name of NAMES) {
    const asked = (wanted as Partial<StackPorts>)[name];
    const last = before[name];
    if (asked !== undefined) fixed[name] = asked;
    else if (last !== undefined && (await isFreeSoon(last))) fixed[name] = last;
  }
  const ports = await choosePorts(NAMES, fixed);
  writeWhole(folder.ports, JSON.stringify(ports));
  return ports;
}

/** The threads of a server that was just killed may hold its port a moment longer than the process is seen. */
async function isFreeSoon(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await isFree(port)) return true;
    await sleep(50);
  }
  return false;
}
