import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchReady } from '../../../adapters/engines/await-ready.ts';
import { end, launch, processesWith, type Running } from '../../../adapters/engines/processes.ts';
import { runs } from '../../../adapters/process-identity.ts';

let folder: string;
let started: Running[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-processes-'));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map(({ identity }) => end(identity, 0)));
  rmSync(folder, { recursive: true });
});

const SAYS_READY = `console.log('ready'); setInterval(() => {}, 1000);`;
const IGNORES_SIGTERM = `process.on('SIGTERM', () => {}); ${SAYS_READY}`;
const log = () => join(folder, 'log');
const saysReady = ({ output }: Running) => output().includes('ready');

async function start(script: string, environment: NodeJS.ProcessEnv = process.env): Promise<Running> {
  const running = await launchReady({
    what: 'It',
    program: process.execPath,
    parameters: ['-e', script],
    environment,
    log: log(),
    ready: saysReady,
    withinSeconds: 20,
  });
  started.push(running);
  return running;
}

describe('a launched process', () => {
  it('appends to its log, and its output is its own', async () => {
    await end((await start(`console.log('first'); ${SAYS_READY}`)).identity, 5000);
    const second = await start(`console.log('second'); ${SAYS_READY}`);
    expect(readFileSync(log(), 'utf8')).toBe('first\nready\nsecond\nready\n');
    expect(second.output()).toBe('second\nready\n');
  });

  it('ends when it is asked to', async () => {
    const running = await start(SAYS_READY);
    expect(runs(running.identity)).toBe(true);
    await end(running.identity, 5000);
    expect(runs(running.identity)).toBe(false);
    await running.exited;
    expect(running.hasExited()).toBe(true);
  });

  it('is killed when it does not end in time', async () => {
    const running = await start(IGNORES_SIGTERM);
    await end(running.identity, 100);
    expect(runs(running.identity)).toBe(false);
  });

  it('is not mistaken for another one with its pid', async () => {
    const running = await start(SAYS_READY);
    await end({ pid: running.identity.pid, startTime: '1' }, 0);
    expect(runs(running.identity)).toBe(true);
  });

  it('is found by its environment, and so is what it started', async () => {
    const marker = randomUUID();
    const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(SAYS_READY)}], { stdio: 'inherit', detached: true });`;
    const running = await start(`${child} setInterval(() => {}, 1000);`, { ...process.env, NIGHTJAR_TEST: marker });
    const found = processesWith('NIGHTJAR_TEST', marker);
    expect(found).toHaveLength(2);
    await end(running.identity, 0);
    const [orphan] = processesWith('NIGHTJAR_TEST', marker);
    expect(orphan?.command).toContain('ready');
    await end(orphan!, 0);
    expect(processesWith('NIGHTJAR_TEST', marker)).toEqual([]);
  });
});

describe('a start that fails', () => {
  it('says what the program said', async () => {
    await expect(start(`console.error('Error: no such flag'); process.exit(3)`)).rejects.toThrow(/It ended at start.*no such flag/);
  });

  it('leaves nothing running when the time is over', async () => {
    const marker = randomUUID();
    const environment = { ...process.env, NIGHTJAR_TEST: marker };
    const never = launchReady({
      what: 'It',
      program: process.execPath,
      parameters: ['-e', SAYS_READY],
      environment,
      log: log(),
      ready: () => false,
      withinSeconds: 0.2,
    });
    await expect(never).rejects.toMatchObject({ name: 'EngineFailed' });
    expect(processesWith('NIGHTJAR_TEST', marker)).toEqual([]);
  });

  it('is an error when there is no such program', async () => {
    const running = launch({ program: join(folder, 'none'), parameters: [], environment: {}, log: log() });
    expect(await running.exited).toBeNull();
    expect(runs(running.identity)).toBe(false);
  });
});
