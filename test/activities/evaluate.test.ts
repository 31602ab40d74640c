import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GateEvidence } from '../../activities/evaluate/evidence.ts';
import { getRef } from '../../adapters/objects.ts';
import { bundleFileKey } from '../../adapters/bundles.ts';
import type { GateResult } from '../../contracts/runs.ts';
import { memoryStore } from '../support/memory-store.ts';
import { Night } from '../support/gate/night.ts';

let night: Night;
beforeEach(() => (night = new Night(memoryStore())));
afterEach(() => night.close());

const evidenceOf = async (gate: GateResult) => JSON.parse((await getRef(night.store, gate.evidence)).toString('utf8')) as GateEvidence;

/** Against a champion whose slope is 2.1; the truth is 2 plus a little. */
async function against(slope: number) {
  const { record: champion } = await night.version(2.1, 'run-1');
  const snapshot = await night.snapshot();
  return { champion, gate: await night.evaluate(snapshot, await night.trained(slope, 'run-2'), champion, 'run-2') };
}

describe('evaluate', () => {
  test('a first version is compared with the baseline alone', async () => {
    const snapshot = await night.snapshot();
    const gate = await night.evaluate(snapshot, await night.trained(2, 'run-1'), null, 'run-1');
    expect(gate).toMatchObject({ verdict: 'first-version', testUnits: 300 });
    const mae = gate.metrics.find(({ metric }) => metric === 'mae')!;
    // y − 2x runs through 0 … 0.198 in steps of 0.002, each three times.
    expect(mae).toMatchObject({ role: 'primary', champion: null, difference: null });
    expect(mae.challenger).toBeCloseTo(0.099, 9);
    expect(mae.baseline).toBeGreaterThan(1);
  });
  test('worse than the champion: reject; the same: pass; far better: suspicious', async () => {
    expect((await against(2.3)).gate.verdict).toBe('reject');
    expect((await against(2.1)).gate.verdict).toBe('pass');
    expect((await against(2.06)).gate).toMatchObject({
      verdict: 'suspicious',
      reasons: [expect.stringContaining('Too good to be true'), ...Array<unknown>(3).fill(expect.anything())],
    });
  });
  test('the evidence holds each unit by number, the policy and the slices, and no name', async () => {
    const { champion, gate } = await against(2.1);
    const evidence = await evidenceOf(gate);
    expect(evidence).toMatchObject({
      run: 'run-2',
      champion: { version: champion.version, digest: champion.digest },
      units: 300,
      policy: { bootstrapSamples: 200 },
      scored: null,
    });
    expect(evidence.slices.map(({ slice, units }) => [slice, units])).toEqual([
      ['region=north', 100],
      ['region=south', 100],
      ['region=west', 100],
    ]);
    expect(evidence.perUnit.mae!.challenger).toHaveLength(300);
    expect(evidence.perUnit.mae!.champion).toEqual(evidence.perUnit.mae!.challenger);
    expect(JSON.stringify(evidence)).not.toContain('customer-');
  });
  test('repeated, it gives the same evidence under the same digest', async () => {
    const { champion } = await against(2.1);
    const [snapshot, trained] = [await night.snapshot(), await night.trained(2, 'run-2')];
    expect(await night.evaluate(snapshot, trained, champion, 'run-2')).toEqual(await night.evaluate(snapshot, trained, champion, 'run-2'));
  });
});

describe('what can be wrong', () => {
  test('a model that answers NaN is rejected with the number of such answers, not crashed on', async () => {
    const snapshot = await night.snapshot();
    const gate = await night.evaluate(snapshot, await night.trained(NaN, 'run-1'), null, 'run-1');
    expect(gate).toMatchObject({ verdict: 'reject', metrics: [], reasons: [expect.stringContaining('300 of 300')] });
  });
  test('no test rows: NoTestRows', async () => {
    const snapshot = await night.snapshot(0);
    await expect(night.evaluate(snapshot, await night.trained(2, 'run-1'), null, 'run-1')).rejects.toMatchObject({ name: 'NoTestRows' });
  });
  test('a champion whose bundle was changed is not compared with: BundleRefused', async () => {
    const { record: champion } = await night.version(2.1, 'run-1');
    await night.store.put(bundleFileKey(champion.digest, 'weights.bin'), '1.9');
    await expect(night.evaluate(await night.snapshot(), await night.trained(2, 'run-2'), champion, 'run-2')).rejects.toMatchObject({ name: 'BundleRefused' });
  });
  test('weights that are not what was trained: ObjectCorrupt', async () => {
    const trained = await night.trained(2, 'run-1');
    await night.store.put(trained.weights.key, '{}');
    await expect(night.evaluate(await night.snapshot(), trained, null, 'run-1')).rejects.toMatchObject({ name: 'ObjectCorrupt' });
  });
  test('a metric that the task does not have: InvalidDefinition names it', async () => {
    night.model.evaluate.guardrails = ['rocAuc'];
    await expect(night.evaluate(await night.snapshot(), await night.trained(2, 'run-1'), null, 'run-1')).rejects.toThrow(
      /'rocAuc', which a regression task does not have/,
    );
  });
});
