import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stackFolder } from '../../clients/stack/folder.ts';
import { stackProcesses } from '../../clients/stack/leftovers.ts';
import { livingStack } from '../../clients/stack/record.ts';
import { missing } from '../support/engines.ts';
import { listeningAddresses, LOOPBACK } from '../support/listening.ts';
import { commandLine, type CommandLine } from '../support/nightjar.ts';

interface Up {
  up: boolean;
  pid: number;
  ports: Record<string, number>;
}
interface Status {
  state: string;
  processes: { name: string; pid: number; megabytes: number }[];
}

const secretOf = ({ dir }: CommandLine): string =>
  (JSON.parse(readFileSync(join(dir, 'credentials.json'), 'utf8')) as { secretAccessKey: string }).secretAccessKey;

const PARTS = ['gateway', 's3', 'supervisor', 'temporal', 'worker-cpu', 'worker-deploy', 'worker-gpu', 'worker-orchestrator'];

describe.skipIf(missing('temporal') || missing('s3'))('the embedded stack', () => {
  let stack: CommandLine;
  let first: Up;
  beforeAll(async () => {
    stack = commandLine();
    expect(await stack.run('status')).toMatchObject({ code: 1, json: { error: 'NotRunning' } });
    first = (await stack.run('up', '--detach')).json as Up;
  });
  afterAll(() => stack.remove());

  it('has all parts, within its memory', async () => {
    const { code, json } = await stack.run('status');
    const { state, processes } = json as Status;
    expect({ code, state }).toEqual({ code: 0, state: 'up' });
    expect(processes.map(({ name }) => name).sort()).toEqual(PARTS);
    expect(processes.reduce((sum, { megabytes }) => sum + megabytes, 0)).toBeLessThan(1500);
  });

  it('listens on loopback only', () => {
    const addresses = stackProcesses(stackFolder(stack.dir)).flatMap(({ pid }) => listeningAddresses(pid));
    expect(new Set(addresses)).toEqual(new Set([LOOPBACK]));
  });

  it('keeps its secrets to its owner', () => {
    for (const file of ['credentials.json', 'stack.json']) expect(statSync(join(stack.dir, file)).mode & 0o777).toBe(0o600);
  });

  it('is up already when it is started again', async () => {
    expect(await stack.run('up', '--detach')).toMatchObject({ code: 0, json: { up: true, pid: first.pid } });
  });

  it('lives beside another one', async () => {
    const other = commandLine();
    const { json } = await other.run('up', '--detach');
    const taken = Object.values(first.ports);
    expect(Object.values((json as Up).ports).filter((port) => taken.includes(port))).toEqual([]);
    expect(secretOf(other)).not.toBe(secretOf(stack)); // drawn for each, from more than anyone can try
    expect(secretOf(other)).toMatch(/^[\w-]{40}$/);
    await other.remove();
    expect(livingStack(stackFolder(stack.dir))?.state).toBe('up');
  });

  it('refuses a port that is taken, and leaves nothing running', async () => {
    const other = commandLine();
    expect(await other.run('up', '--gateway-port', String(first.ports.gateway))).toMatchObject({ code: 1, json: { error: 'PortTaken' } });
    expect(stackProcesses(stackFolder(other.dir))).toEqual([]);
    await other.remove();
  });

  it('is wholly gone after down, and comes back on the same ports with what it held', async () => {
    await stack.run('schedule', 'recommendation', '--cron', '0 2 * * *', '--timezone', 'Europe/Berlin');
    expect(await stack.run('down')).toMatchObject({ code: 0, json: { stopped: true } });
    expect(stackProcesses(stackFolder(stack.dir))).toEqual([]);
    expect(await stack.run('down')).toMatchObject({ code: 0, json: { stopped: false } });
    expect(((await stack.run('up', '--detach')).json as Up).ports).toEqual(first.ports);
    expect((await stack.run('schedule', '--list')).json).toMatchObject([
      { model: 'recommendation', cron: '0 2 * * *', timezone: 'Europe/Berlin', paused: false },
    ]);
  });
});
