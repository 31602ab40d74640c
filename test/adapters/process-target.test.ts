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
import type { DeployTarget } from '../../adapters/deploy-target/target.ts';
import { readJson } from '../../adapters/objects.ts';
import { failureType } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import type { Endpoints } from '../../contracts/routes.ts';
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
    expect(await other.reconcile()).toEqual([server]);
    expect(record().process!.pid).toBe(pid);
  });

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
    expect(await target.reconcile()).toEqual([]);
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

it('what keeps dying is started ever more slowly', () => {
  const pace = restarts();
  const times = Array.from({ length: 400 }, (_, i) => i * 100).filter((now) => pace.mayStart('tiny@1', now));
  expect(times).toEqual([0, 300, 800, 1800, 3800, 7800, 15_800, 31_800]);
  expect(pace.mayStart('tiny@1', 31_800 + 30_001)).toBe(true);
  expect(pace.mayStart('tiny@1', 31_800 + 30_301)).toBe(true);
});

const squat = (port: number): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
