import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleFileKey } from '../../adapters/bundles.ts';
import { memoryStore } from '../support/memory-store.ts';
import { Night } from '../support/gate/night.ts';

let store: ReturnType<typeof memoryStore>;
let night: Night;
beforeEach(() => (night = new Night((store = memoryStore()))));
afterEach(() => night.close());

test('the report of a version stands where `nightjar report` looks, and is written over when something came of it', async () => {
  const { record } = await night.version(2, 'run-1');
  const { key } = await night.report(record, 'refused', 'Not today.');
  expect(key).toBe('reports/line/1/index.html');
  expect(store.objects.get(key)!.toString()).toContain('Not today.');
  await night.report(record, 'promoted', 'First version; approved as policy asks.');
  const page = store.objects.get(key)!.toString();
  expect(page).toContain('First version; approved as policy asks.');
  expect(page).not.toContain('Not today.');
});

test('a report is not made from a bundle that was changed: BundleRefused', async () => {
  const { record } = await night.version(2, 'run-1');
  store.objects.set(bundleFileKey(record.digest, 'facts.json'), Buffer.from('{}'));
  await expect(night.report(record, 'promoted', '')).rejects.toMatchObject({ name: 'BundleRefused' });
});
