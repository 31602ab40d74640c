import { expect, test } from 'vitest';
import { definitionDigest, loadModel, modelNames } from '../../models/load.ts';

test('a model is loaded by the name of its folder, with its policy filled in', async () => {
  const model = await loadModel('recommendation');
  expect(model.name).toBe('recommendation');
  expect(model.policy.rollout.alpha).toBe(0.05);
  expect(() => model.learner.check(model.signature.example)).not.toThrow();
});

test('a folder without a model is none', async () => {
  expect(await modelNames()).toEqual(['recommendation']);
  for (const name of ['nobody', 'training', '../models/recommendation', '']) await expect(loadModel(name)).rejects.toMatchObject({ name: 'UnknownModel' });
});

test('the definition has one digest, and an unknown one has none', async () => {
  expect(await definitionDigest('recommendation')).toMatch(/^[0-9a-f]{64}$/);
  expect(await definitionDigest('recommendation')).toBe(await definitionDigest('recommendation'));
  await expect(definitionDigest('nobody')).rejects.toMatchObject({ name: 'UnknownModel' });
});
