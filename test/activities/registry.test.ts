import { beforeEach, describe, expect, it } from 'vitest';
import { createDeployActivities } from '../../activities/deploy.ts';
import { createRegistryActivities } from '../../activities/registry.ts';
import { readJson } from '../../adapters/objects.ts';
import { keys } from '../../contracts/ids.ts';
import type { RunRecord } from '../../contracts/runs.ts';
import { lineModel } from '../support/gate/line-model.ts';
import { gateOf } from '../support/fake-shop.ts';
import { memoryStore } from '../support/memory-store.ts';

const now = () => new Date('2026-01-01T00:00:00Z');
const ref = (version: number) => ({ version, digest: `d${version}` });

describe('the registry', () => {
  let store: ReturnType<typeof memoryStore>;
  let model: ReturnType<typeof lineModel>;
  let registry: ReturnType<typeof createRegistryActivities>;
  let deploy: ReturnType<typeof createDeployActivities>;
  beforeEach(async () => {
    store = memoryStore();
    model = lineModel();
    registry = createRegistryActivities({ store, loadModel: async () => model, definitionDigest: async () => 'digest', now });
    const target = { ensure: () => Promise.reject(new Error()), retire: () => Promise.resolve(), reconcile: () => Promise.resolve() };
    deploy = createDeployActivities({ store, target, heartbeat: () => {}, now });
    for (const version of [1, 2]) await store.put(keys.version('line', version), JSON.stringify({ ...ref(version), model: 'line' }));
  });

  const promote = async (version: number) => {
    const { epoch } = await deploy.claimRoutes({ model: 'line', owner: `night-${version}` });
    const wanted = { model: 'line', epoch, owner: `night-${version}`, step: 1, challenger: null, rollout: null, percent: 0, warm: null };
    await deploy.setRoutes({ ...wanted, champion: ref(version) });
    await registry.promoteAliases({ model: 'line', run: `night-${version}`, champion: ref(version), epoch });
  };

  it('tells a metric that the task does not have before anything is trained', async () => {
    model = { ...model, evaluate: { ...model.evaluate, primary: 'maee' } };
    await expect(registry.planRun({ model: 'line', trigger: 'manual' })).rejects.toMatchObject({
      name: 'InvalidDefinition',
      message: expect.stringContaining("'maee', which a regression task does not have"),
    });
  });

  it('tells too many metrics of a rollout then too', async () => {
    const guardrails = Array.from({ length: 14 }, (_, i) => ({ name: `g${i}`, kind: 'rate' as const, good: false }));
    const policy = { rollout: { primary: { name: 'order', kind: 'rate' as const, good: true }, guardrails } };
    await expect(registry.planRun({ model: 'line', trigger: 'manual', policy })).rejects.toMatchObject({ name: 'InvalidDefinition' });
  });

  it('a champion is looked up with the epoch after which nobody else may have decided', async () => {
    expect(await registry.currentChampion({ model: 'line' })).toEqual({ champion: null, epoch: 0 });
    await promote(1);
    const before = await registry.currentChampion({ model: 'line' });
    expect(before).toEqual({ champion: ref(1), epoch: 1 });
    expect(await deploy.claimRoutes({ model: 'line', owner: 'next' })).toMatchObject({ epoch: before.epoch + 1 });
  });

  it('a rollback takes the traffic and moves it in one step, and only from where it was seen', async () => {
    await promote(1);
    await promote(2);
    const { target, seen } = await registry.rollbackTarget({ model: 'line' });
    expect(target).toEqual(ref(1));
    await deploy.claimRoutes({ model: 'line', owner: 'somebody' });
    expect(await deploy.sendBack({ model: 'line', owner: 'rollback', to: target, seen })).toBeNull();
    expect(await readJson(store, keys.routes('line'))).toMatchObject({ owner: 'somebody', champion: ref(2) });

    const again = await registry.rollbackTarget({ model: 'line' });
    const routes = await deploy.sendBack({ model: 'line', owner: 'rollback', to: again.target, seen: again.seen });
    expect(routes).toMatchObject({ owner: 'rollback', champion: ref(1), challenger: null, percent: 0 });
    expect(await deploy.sendBack({ model: 'line', owner: 'rollback', to: again.target, seen: again.seen })).toEqual(routes);
  });

  it('a night that broke off is recorded, and its data is worth another', async () => {
    const record = { model: 'line', run: 'r', snapshot: 's', gate: gateOf('pass'), outcome: 'failed' } as RunRecord;
    await registry.recordRun(record);
    expect(await readJson(store, keys.runRecord('line', 'r'))).toMatchObject({ outcome: 'failed' });
    expect(await readJson(store, keys.lastTried('line'))).toBeNull();
    await registry.recordRun({ ...record, outcome: 'rejected' });
    expect(await readJson(store, keys.lastTried('line'))).toMatchObject({ snapshot: 's' });
  });
});
