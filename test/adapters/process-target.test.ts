import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { announce } from '../../adapters/endpoints.ts';
import { identityOf, runs } from '../../adapters/process-identity.ts';
import { processTarget } from '../../adapters/deploy-target/process.ts';
import { startReconciler } from '../../adapters/deploy-target/reconciler.ts';
import { restarts } from '../../adapters/deploy-target/restarts.ts';
import type { ServerRecord } from '../../adapters/deploy-target/server-records.ts';
import { silence } from '../../adapters/deploy-target/silence.ts';
import type { DeployTarget, RunningServer } from '../../adapters/deploy-target/target.ts';
import { readJson } from '../../adapters/objects.ts';
import { failureType, NightjarError } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import type { Endpoints } from '../../contracts/routes.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { memoryStore } from '../support/memory-store.ts';
import { missing, startS3, type S3ForTests } from '../support/engines.ts';
import { silent } from '../support/serving/in-process.ts';
import { program } from '../support/serving/programs.ts';
import { putTinyBundle } from '../support/serving/tiny-bundle.ts';

describe.skipIf(missing('s3'))('model servers as processes', () => {
  let s3: S3ForTests;
  let serverProgram: string;
  let home: string;
  let target: DeployTarget;
  let digest: string;
  const wanted = () => ({ model: 'tiny', version: 1, digest });
  const path = () => join(home, 'servers/tiny@1.json');
  const record = () => JSON.parse(readFileSync(path(), 'utf8')) as ServerRecord;
  const processTargetOf = () =>
    processTarget({ home, program: serverProgram, environment: { ...process.env, ...s3.environment }, readySeconds: 30, log: silent });
  const statusOf = async (url: string) => (await fetch(`${url}/v1/models/tiny`)).json() as Promise<{ pid: number; digest: string }>;
  const kill = (pid: number) => {
    const identity = identityOf(pid)!;
    process.kill(pid, 'SIGKILL');
    return vi.waitFor(() => expect(runs(identity)).toBe(false));
  };

  beforeAll(async () => {
    s3 = await startS3();
    serverProgram = await program('model-server');
    digest = await putTinyBundle(s3.store, { slope: 2 });
  });
  afterAll(() => s3?.stop());
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'nightjar-target-'));
    target = processTargetOf();
  });
  afterEach(async () => {
    for (const version of [1, 2]) await target.retire('tiny', version);
    rmSync(home, { recursive: true, force: true });
  });

  it('starts one server, finds it again, also from another process, and stops it', async () => {
    const server = await target.ensure(wanted());
    expect(await statusOf(server.url)).toMatchObject({ digest, pid: record().process!.pid });
    const { pid } = record().process!;
    expect(await target.ensure(wanted())).toEqual(server);
    expect(await processTargetOf().ensure(wanted())).toEqual(server);
    expect(record().process!.pid).toBe(pid);
    await target.retire('tiny', 1);
    expect(identityOf(pid)).toBeNull();
    expect(readdirSync(join(home, 'servers'))).toEqual([]);
    await target.retire('tiny', 1);
  });

  it('another digest under the same number is another server', async () => {
    const before = await target.ensure(wanted());
    const { pid } = record().process!;
    const other = await putTinyBundle(s3.store, { slope: 3 });
    const after = await target.ensure({ ...wanted(), digest: other });
    expect(identityOf(pid)).toBeNull();
    expect(await statusOf(after.url)).toMatchObject({ digest: other });
    expect(before.digest).not.toBe(after.digest);
  });

  it('a dead server is started again at its port and announced; one whose port is taken moves', async () => {
    const server = await target.ensure(wanted());
    await announce(s3.store, server);
    const reconciler = startReconciler({ target, store: s3.store, everyMilliseconds: 20, log: silent });
    const { pid } = record().process!;
    await kill(pid);
    await vi.waitFor(async () => expect((await statusOf(server.url)).pid).not.toBe(pid), { timeout: 10_000 });
    await reconciler.stop();

    await kill(record().process!.pid);
    const squatter = await squat(record().port);
    const again = startReconciler({ target: processTargetOf(), store: s3.store, everyMilliseconds: 20, log: silent });
    await vi.waitFor(
      async () => {
        const [announced] = (await readJson<Endpoints>(s3.store, keys.endpoints('tiny')))!.servers;
        expect(announced!.url).not.toBe(server.url);
        expect(await statusOf(announced!.url)).toMatchObject({ digest });
      },
      { timeout: 10_000 },
    );
    await again.stop();
    squatter.close();
  });

  it('finds the server whose starter was killed before it could write it down', async () => {
    const server = await target.ensure(wanted());
    const { pid } = record().process!;
    writeFileSync(path(), JSON.stringify({ ...record(), process: null }));
    const other = processTargetOf();
    expect(await other.ensure(wanted())).toEqual(server);
    expect(record().process!.pid).toBe(pid);

    writeFileSync(path(), JSON.stringify({ ...record(), process: null }));
    expect(await reconciled(other)).toEqual([server]);
    expect(record().process!.pid).toBe(pid);
  });

  it('one server that is slow to start holds up no other: a dead champion is started and announced meanwhile', async () => {
    const server = await target.ensure(wanted());
    const patient = processTarget({ home, program: join(home, 'slow.mjs'), environment: process.env, readySeconds: 5, log: silent });
    writeFileSync(join(home, 'slow.mjs'), 'setInterval(() => {}, 1000);');
    const slow = patient.ensure({ ...wanted(), version: 2 }).catch(failureType);
    await vi.waitFor(() => expect(JSON.parse(readFileSync(join(home, 'servers/tiny@2.json'), 'utf8'))).toMatchObject({ process: expect.anything() }));

    // The same process looks after both; its program for what it starts again is the slow one, which is enough: it is started and told.
    await kill(record().process!.pid);
    expect(await reconciled(patient)).toMatchObject([{ ...wanted(), url: server.url }]);
    await patient.retire('tiny', 1);
    await slow;
  });

  it('a server that lives and does not answer is ended and started again', async () => {
    const server = await target.ensure(wanted());
    await reconciled(target); // it has answered
    const { pid } = record().process!;
    process.kill(pid, 'SIGSTOP');
    const now = Date.now;
    const passed = vi.spyOn(Date, 'now');
    const started: RunningServer[] = [];
    for (let probes = 0; started.length === 0 && probes < 4; probes++) {
      passed.mockImplementation(() => now() + probes * 5_000);
      started.push(...(await reconciled(target)));
    }
    passed.mockRestore();
    expect(started).toMatchObject([{ ...wanted() }]);
    expect(identityOf(pid)).toBeNull();
    expect(record().process!.pid).not.toBe(pid);
    await vi.waitFor(async () => expect(await statusOf(started[0]!.url)).toMatchObject({ digest: server.digest }), { timeout: 10_000 });
  }, 40_000);

  it('does not take another process with the same pid for its server, nor stop it', async () => {
    await target.ensure(wanted());
    await kill(record().process!.pid);
    writeFileSync(path(), JSON.stringify({ ...record(), process: { pid: process.pid, startTime: '1' } }));
    const server = await processTargetOf().ensure(wanted());
    expect((await statusOf(server.url)).pid).not.toBe(process.pid);
  });

  it('ends what was to be stopped when its stopper was killed', async () => {
    await target.ensure(wanted());
    const { pid } = record().process!;
    writeFileSync(path(), JSON.stringify({ ...record(), desired: false }));
    expect(await reconciled(target)).toEqual([]);
    expect(identityOf(pid)).toBeNull();
  });

  it('refuses a bundle that its server refuses, without trying again', async () => {
    const wrong = await putTinyBundle(s3.store, { slope: 2 }, { golden: [{ instance: { x: 1 }, prediction: { score: 99 } }] });
    const started = vi.fn();
    const counting = processTarget({
      home,
      program: serverProgram,
      environment: { ...process.env, ...s3.environment },
      readySeconds: 30,
      log: { ...silent, info: started },
    });
    expect(await counting.ensure({ model: 'tiny', version: 2, digest: wrong }).catch(failureType)).toBe('BundleRefused');
    expect(started).toHaveBeenCalledTimes(1);
  });

  it('gives up on a program that does not start, naming its log', async () => {
    const broken = processTarget({ home, program: join(home, 'nothing.mjs'), environment: process.env, readySeconds: 30, log: silent });
    const error = (await broken.ensure(wanted()).catch((failure: Error) => failure)) as Error;
    expect(failureType(error)).toBe('ServerNotReady');
    expect(error.message).toContain('server-tiny@1.log');
  });
});

describe('the reconciler', () => {
  const dead = { model: 'tiny', version: 1, digest: 'd', url: 'http://127.0.0.1:1' };
  const announced = async (store: ObjectStore) => (await readJson<Endpoints>(store, keys.endpoints('tiny')))?.servers;
  const targetWith = (reconcile: DeployTarget['reconcile']): DeployTarget => ({ ensure: () => Promise.reject(new Error()), retire: async () => {}, reconcile });

  it('announces a server while another is still being stopped, and goes on looking', async () => {
    const store = memoryStore();
    let looks = 0;
    let release = () => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const reconcile: DeployTarget['reconcile'] = async (started) => {
      if (looks++ === 0) return blocked;
      if (looks === 2) started(dead);
    };
    const reconciler = startReconciler({ target: targetWith(reconcile), store, everyMilliseconds: 5, log: silent });
    await vi.waitFor(async () => expect(await announced(store)).toMatchObject([{ url: dead.url }]));
    release();
    await reconciler.stop();
  });

  it('announces again what the store did not take, and only the newest address', async () => {
    const store = memoryStore();
    let away = true;
    const failing = { ...store, get: (key: string) => (away ? Promise.reject(new NightjarError('StoreUnreachable', 'test')) : store.get(key)) };
    const addresses = [dead, { ...dead, url: 'http://127.0.0.1:2' }];
    const reconcile: DeployTarget['reconcile'] = async (started) => {
      const server = addresses.shift();
      if (server) started(server);
      else away = false;
    };
    const reconciler = startReconciler({ target: targetWith(reconcile), store: failing, everyMilliseconds: 5, log: silent });
    await vi.waitFor(async () => expect(await announced(store)).toMatchObject([{ url: 'http://127.0.0.1:2' }]));
    await reconciler.stop();
    expect(await announced(store)).toHaveLength(1);
  });
});

describe('a process that lives and does not answer', () => {
  it('counts as dead after 10 s without an answer', () => {
    const quiet = silence();
    quiet.broken('tiny@1', 7);
    const found = [0, 5_000, 9_999, 10_000].map((now) => quiet.lasts('tiny@1', 7, now, 120_000));
    expect(found).toEqual([false, false, false, true]);
  });
  it('has the time that a start may take before its first answer', () => {
    const quiet = silence();
    const found = [0, 10_000, 119_999, 120_000].map((now) => quiet.lasts('tiny@1', 7, now, 120_000));
    expect(found).toEqual([false, false, false, true]);
  });
  it('begins afresh with an answer, and with another process', () => {
    const quiet = silence();
    for (const now of [0, 5_000, 9_000]) quiet.lasts('tiny@1', 7, now, 1);
    quiet.broken('tiny@1', 7);
    expect(quiet.lasts('tiny@1', 7, 20_000, 1)).toBe(false);
    expect(quiet.lasts('tiny@1', 8, 60_000, 1)).toBe(false);
  });
  it('is given three probes, however much time a sleeping machine let pass', () => {
    const quiet = silence();
    quiet.broken('tiny@1', 7);
    expect([0, 1_000_000, 1_000_001].map((now) => quiet.lasts('tiny@1', 7, now, 1))).toEqual([false, false, true]);
  });
});

it('what keeps dying is started ever more slowly', () => {
  const pace = restarts();
  const times = Array.from({ length: 400 }, (_, i) => i * 100).filter((now) => pace.mayStart('tiny@1', now));
  expect(times).toEqual([0, 300, 800, 1800, 3800, 7800, 15_800, 31_800]);
  expect(pace.mayStart('tiny@1', 31_800 + 30_001)).toBe(true);
  expect(pace.mayStart('tiny@1', 31_800 + 30_301)).toBe(true);
});

async function reconciled(target: DeployTarget): Promise<RunningServer[]> {
  const started: RunningServer[] = [];
  await target.reconcile((server) => void started.push(server));
  return started;
}

/** Takes a port as soon as it can be had: a killed process holds it until the last of its threads is gone, which is after it counts as ended. */
const squat = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    const take = () => server.listen(port, '127.0.0.1');
    server.on('listening', () => resolve(server));
    server.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? setImmediate(take) : reject(error)));
    take();
  });
