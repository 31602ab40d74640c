import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { processTarget } from '../../adapters/deploy-target/process.ts';
import { startReconciler } from '../../adapters/deploy-target/reconciler.ts';
import type { DeployTarget } from '../../adapters/deploy-target/target.ts';
import { freePort } from '../../adapters/engines/ports.ts';
import { end } from '../../adapters/engines/processes.ts';
import { launchReady } from '../../adapters/engines/await-ready.ts';
import type { Running } from '../../adapters/engines/processes.ts';
import { createDeployActivities } from '../../activities/deploy.ts';
import type { Arm } from '../../contracts/routes.ts';
import { missing, startS3, type S3ForTests } from '../support/engines.ts';
import { storedEvents } from '../support/serving/events.ts';
import { silent } from '../support/serving/in-process.ts';
import { program } from '../support/serving/programs.ts';
import { putRoutes, putTinyBundle } from '../support/serving/tiny-bundle.ts';
import { unitHash } from '../../domain/split.ts';

describe.skipIf(missing('s3'))('killed for real', () => {
  let s3: S3ForTests;
  let programs: { server: string; gateway: string };
  let home: string;
  let target: DeployTarget;
  let activities: ReturnType<typeof createDeployActivities>;
  let gateway: Running;
  let port: number;
  let champion: Arm;

  const environment = () => ({
    ...process.env,
    ...s3.environment,
    NIGHTJAR_HOME: home,
    GATEWAY_PORT: String(port),
    GATEWAY_POLL_MILLISECONDS: '50',
    NIGHTJAR_SEGMENT_SECONDS: '0.1',
  });
  const startGateway = async () => {
    gateway = await launchReady({
      what: 'gateway',
      program: process.execPath,
      parameters: [programs.gateway],
      environment: environment(),
      log: join(home, 'gateway.log'),
      ready: ({ output }) => output().includes('{"ready":true'),
      withinSeconds: 30,
    });
  };
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    return {
      status: response.status,
      version: response.headers.get('x-nightjar-version'),
      arm: response.headers.get('x-nightjar-arm'),
      body: await response.text(),
    };
  };
  const predict = (customer: string) => post('/v1/models/tiny:predict', { instances: [{ customer, x: 1 }] });
  const serve = async (version: number, slope: number): Promise<Arm> => {
    const digest = await putTinyBundle(s3.store, { slope });
    await activities.ensureServer({ model: 'tiny', version, digest });
    return { version, digest };
  };
  /** SIGKILLs a version's server as its own status names it. */
  const killServer = async (arm: Arm) => {
    const { url } = await target.ensure({ model: 'tiny', ...arm });
    const { pid } = (await (await fetch(`${url}/v1/models/tiny`)).json()) as { pid: number };
    process.kill(pid, 'SIGKILL');
  };

  beforeAll(async () => {
    s3 = await startS3();
    programs = { server: await program('model-server'), gateway: await program('gateway') };
  });
  afterAll(() => s3?.stop());
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'nightjar-crash-'));
    port = await freePort();
    target = processTarget({ home, program: programs.server, environment: environment(), readySeconds: 30, log: silent });
    activities = createDeployActivities({ store: s3.store, target, heartbeat: () => {}, now: () => new Date() });
    champion = await serve(1, 1);
    await putRoutes(s3.store, champion);
  });
  afterEach(async () => {
    if (gateway) await end(gateway.identity, 10_000);
    for (const version of [1, 2]) await target.retire('tiny', version);
    rmSync(home, { recursive: true, force: true });
    for await (const { key } of s3.store.list('events/')) await s3.store.remove(key);
  });

  it('the gateway, again and again in the middle of load: no acknowledged reward is lost, none is doubled', async () => {
    const acknowledged: string[] = [];
    for (let life = 0; life < 3; life++) {
      await startGateway();
      let alive = true;
      const shoppers = Array.from({ length: 8 }, async (_, shopper) => {
        for (let i = 0; alive; i++) {
          const unit = `${life}-${shopper}-${i}`;
          await predict(unit).catch(() => undefined);
          const answer = await post('/v1/feedback', { model: 'tiny', unit, name: 'hit' }).catch(() => null);
          if (answer?.status === 200) acknowledged.push(unit);
        }
      });
      const before = acknowledged.length;
      await vi.waitFor(() => expect(acknowledged.length - before).toBeGreaterThan(200), { timeout: 30_000 });
      await end(gateway.identity, 0);
      alive = false;
      await Promise.all(shoppers);
    }
    await startGateway();
    const wanted = new Set(acknowledged.map(unitHash));
    await vi.waitFor(
      async () => {
        const rewards = (await storedEvents(s3.store)).filter(({ kind }) => kind === 'reward').map(({ unit }) => unit);
        const found = new Set(rewards);
        expect([...wanted].filter((unit) => !found.has(unit))).toEqual([]);
        expect(rewards.length).toBe(found.size);
      },
      { timeout: 30_000 },
    );
  });

  it('the challenger’s server, in the middle of load: no user sees an error', async () => {
    const challenger = await serve(2, 2);
    await putRoutes(s3.store, champion, { challenger, rollout: 'tiny@2', percent: 50 });
    await startGateway();
    let killed = false;
    const answers = Array.from({ length: 8 }, async (_, shopper) => {
      const seen: Awaited<ReturnType<typeof predict>>[] = [];
      for (let i = 0; i < 60; i++) {
        if (shopper === 0 && i === 20 && !killed) {
          killed = true;
          await killServer(challenger);
        }
        seen.push(await predict(`${shopper}-${i}`));
      }
      return seen;
    });
    const all = (await Promise.all(answers)).flat();
    expect(all.filter(({ status }) => status !== 200)).toEqual([]);
    expect(all.some(({ version }) => version === '2')).toBe(true);
    expect(all.some(({ arm, version }) => arm === 'challenger' && version === '1')).toBe(true);
    await vi.waitFor(
      async () => {
        const failed = (await storedEvents(s3.store)).filter((event) => event.kind === 'exposure' && event.status === 'error');
        expect(failed.length).toBeGreaterThan(0);
        for (const event of failed) expect(event).toMatchObject({ arm: 'challenger', version: 2 });
      },
      { timeout: 10_000 },
    );
  });

  it('the champion’s only server: users wait for its restart and see no error', async () => {
    await startGateway();
    const reconciler = startReconciler({ target, store: s3.store, everyMilliseconds: 50, log: silent });
    await killServer(champion);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => predict(`after-${i}`)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await reconciler.stop();
  });

  it('the store: predictions and rewards go on, and what happened meanwhile arrives', async () => {
    await startGateway();
    await s3.kill();
    const units = Array.from({ length: 20 }, (_, i) => `away-${i}`);
    for (const unit of units) {
      expect((await predict(unit)).status).toBe(200);
      expect((await post('/v1/feedback', { model: 'tiny', unit, name: 'hit' })).status).toBe(200);
    }
    await s3.restart();
    await vi.waitFor(async () => expect(await storedEvents(s3.store)).toHaveLength(40), { timeout: 30_000 });
  });

  it('everything at once: the next start goes on where it stopped', async () => {
    await startGateway();
    expect((await post('/v1/feedback', { model: 'tiny', unit: 'before', name: 'hit' })).status).toBe(200);
    await Promise.all([end(gateway.identity, 0), killServer(champion), s3.kill()]);
    await s3.restart();
    const reconciler = startReconciler({ target, store: s3.store, everyMilliseconds: 50, log: silent });
    await startGateway();
    expect((await predict('after')).status).toBe(200);
    await vi.waitFor(async () => expect((await storedEvents(s3.store)).map(({ unit }) => unit)).toEqual([unitHash('before'), unitHash('after')]), {
      timeout: 30_000,
    });
    await reconciler.stop();
  });
});
