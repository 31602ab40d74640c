import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeployActivities } from '../../activities/deploy.ts';
import { processTarget } from '../../adapters/deploy-target/process.ts';
import { readJson } from '../../adapters/objects.ts';
import { failureType } from '../../contracts/errors.ts';
import { keys } from '../../contracts/ids.ts';
import type { Endpoints, Routes, WantedRoutes } from '../../contracts/routes.ts';
import { memoryStore } from '../support/memory-store.ts';
import { missing, startS3, type S3ForTests } from '../support/engines.ts';
import { silent } from '../support/serving/in-process.ts';
import { program } from '../support/serving/programs.ts';
import { putTinyBundle } from '../support/serving/tiny-bundle.ts';

const now = () => new Date('2026-01-01T00:00:00Z');
const typeOf = (work: Promise<unknown>) => work.then(() => 'none', failureType);

describe('traffic', () => {
  const nowhere = { ensure: () => Promise.reject(new Error()), retire: () => Promise.resolve(), reconcile: () => Promise.resolve() };
  let store: ReturnType<typeof memoryStore>;
  let activities: ReturnType<typeof createDeployActivities>;
  const champion = { version: 1, digest: 'd1' };
  const wanted = (epoch: number, owner: string, step: number, percent = 0): WantedRoutes => ({
    model: 'tiny',
    epoch,
    step,
    owner,
    champion,
    challenger: null,
    rollout: null,
    percent,
    warm: null,
  });
  beforeEach(() => {
    store = memoryStore();
    activities = createDeployActivities({ store, target: nowhere, heartbeat: () => {}, now });
  });

  it('is claimed, set, and fenced for whoever comes late', async () => {
    const { epoch } = await activities.claimRoutes({ model: 'tiny', owner: 'retrain' });
    expect(await activities.claimRoutes({ model: 'tiny', owner: 'retrain' })).toMatchObject({ epoch });
    const set = await activities.setRoutes(wanted(epoch, 'retrain', 1, 5));
    expect(await activities.setRoutes(wanted(epoch, 'retrain', 1, 5))).toEqual(set);
    const rollback = await activities.claimRoutes({ model: 'tiny', owner: 'rollback' });
    expect(rollback).toMatchObject({ epoch: epoch + 1, percent: 5 });
    expect(await typeOf(activities.setRoutes(wanted(epoch, 'retrain', 2, 50)))).toBe('Fenced');
    await activities.setRoutes(wanted(epoch + 1, 'rollback', 1, 0));
    expect(await readJson<Routes>(store, keys.routes('tiny'))).toMatchObject({ owner: 'rollback', step: 1, percent: 0 });
  });

  it('of several who claim and set at once, each holds its own epoch and only the last one’s steps pass', async () => {
    const owners = Array.from({ length: 6 }, (_, i) => `owner-${i}`);
    const claims = await Promise.all(owners.map((owner) => activities.claimRoutes({ model: 'tiny', owner })));
    expect(new Set(claims.map(({ epoch }) => epoch)).size).toBe(owners.length);
    const results = await Promise.all(claims.map(({ epoch, owner }) => typeOf(activities.setRoutes(wanted(epoch, owner, 1)))));
    expect(results.filter((result) => result === 'none')).toHaveLength(1);
    expect((await readJson<Routes>(store, keys.routes('tiny')))!.epoch).toBe(owners.length);
  });
});

describe.skipIf(missing('s3'))('servers', () => {
  let s3: S3ForTests;
  let activities: ReturnType<typeof createDeployActivities>;
  const home = mkdtempSync(join(tmpdir(), 'nightjar-deploy-'));
  beforeAll(async () => {
    s3 = await startS3();
    const environment = { ...process.env, ...s3.environment };
    const target = processTarget({ home, program: await program('model-server'), environment, readySeconds: 30, log: silent });
    activities = createDeployActivities({ store: s3.store, target, heartbeat: () => {}, now });
  });
  afterAll(async () => {
    await activities?.retireServers({ model: 'tiny', versions: [1, 2, 3] });
    await s3?.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const announced = async () => (await readJson<Endpoints>(s3.store, keys.endpoints('tiny')))!.servers.map(({ version }) => version);

  it('are tried out before gateways hear of them, and the same answer comes again', async () => {
    const digest = await putTinyBundle(s3.store, { slope: 2 });
    const report = await activities.ensureServer({ model: 'tiny', version: 1, digest });
    expect(report).toMatchObject({ digest, goldenAnswered: 3, backend: 'arithmetic' });
    expect(report.bytes).toBeGreaterThan(100);
    expect(report.p50Milliseconds).toBeGreaterThan(0);
    expect(report.p99Milliseconds).toBeGreaterThanOrEqual(report.p50Milliseconds);
    expect(await activities.ensureServer({ model: 'tiny', version: 1, digest })).toMatchObject({ digest, goldenAnswered: 3 });
    expect(await announced()).toEqual([1]);
  });

  it('with a refused bundle are never announced', async () => {
    const digest = await putTinyBundle(s3.store, { slope: 2 }, { golden: [{ instance: { x: 1 }, prediction: { score: 99 } }] });
    expect(await typeOf(activities.ensureServer({ model: 'tiny', version: 3, digest }))).toBe('BundleRefused');
    expect(await announced()).toEqual([1]);
  });

  it('are not stopped while traffic goes to them', async () => {
    const digests = await Promise.all([putTinyBundle(s3.store, { slope: 2 }), putTinyBundle(s3.store, { slope: 3 })]);
    await activities.ensureServer({ model: 'tiny', version: 2, digest: digests[1] });
    const { epoch } = await activities.claimRoutes({ model: 'tiny', owner: 'o' });
    const routes: WantedRoutes = {
      model: 'tiny',
      epoch,
      owner: 'o',
      step: 1,
      champion: { version: 2, digest: digests[1] },
      challenger: null,
      rollout: null,
      percent: 0,
      warm: { version: 1, digest: digests[0] },
    };
    await activities.setRoutes(routes);
    expect(await activities.retireServers({ model: 'tiny', versions: [1, 2] })).toEqual({ retired: [1] });
    expect(await announced()).toEqual([2]);
    expect(await activities.retireServers({ model: 'tiny', versions: [1, 2] })).toEqual({ retired: [1] });
    await activities.setRoutes({ ...routes, step: 2, champion: null, warm: null });
    expect(await activities.retireServers({ model: 'tiny', versions: [2] })).toEqual({ retired: [2] });
    expect(await announced()).toEqual([]);
  });
});
