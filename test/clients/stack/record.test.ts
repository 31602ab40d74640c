import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf, ownIdentity } from '../../../adapters/process-identity.ts';
import { stackFolder, stackMarker, type StackFolder } from '../../../clients/stack/folder.ts';
import { newRecord } from '../../../clients/stack/environment.ts';
import { claim, livingStack, release, writeRecord } from '../../../clients/stack/record.ts';
import { stackPorts } from '../../../clients/stack/ports.ts';

let folder: StackFolder;
beforeEach(() => {
  folder = stackFolder(mkdtempSync(join(tmpdir(), 'nightjar-stack-')));
});
afterEach(() => rmSync(folder.root, { recursive: true }));

/** Identity of a process that has ended. */
async function deadProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const identity = identityOf(child.pid!)!;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return identity;
}

describe('the folder of a stack', () => {
  it('has one supervisor at a time', () => {
    expect(claim(folder)).toBeNull();
    expect(claim(folder)).toEqual(ownIdentity());
    release(folder);
    expect(claim(folder)).toBeNull();
  });

  it('is free again when its supervisor was killed', async () => {
    writeFileSync(folder.lock, JSON.stringify(await deadProcess()));
    expect(claim(folder)).toBeNull();
    expect(claim(folder)).toEqual(ownIdentity());
  });

  it('is free when another process got the pid of the killed supervisor', () => {
    writeFileSync(folder.lock, JSON.stringify({ pid: process.pid, startTime: '1' }));
    expect(claim(folder)).toBeNull();
  });

  it('is not running when only its record is left', async () => {
    const record = newRecord(folder, await stackPorts(folder, {}));
    writeRecord(folder, record);
    expect(livingStack(folder)?.ports).toEqual(record.ports);
    writeRecord(folder, { ...record, ...(await deadProcess()) });
    expect(livingStack(folder)).toBeNull();
  });

  it('keeps its ports and its marker from start to start', async () => {
    const ports = await stackPorts(folder, {});
    expect(await stackPorts(folder, {})).toEqual(ports);
    expect(stackMarker(folder)).toBe(stackMarker(folder));
  });

  it('shares neither with the folder beside it', async () => {
    const other = stackFolder(join(folder.root, 'other'));
    mkdirSync(other.root);
    const [one, two] = [await stackPorts(folder, {}), await stackPorts(other, {})];
    expect(Object.values(one).filter((port) => Object.values(two).includes(port))).toEqual([]);
    expect(stackMarker(other)).not.toBe(stackMarker(folder));
  });
});
