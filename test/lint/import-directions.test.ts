import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const RULE = 'nightjar/import-directions';

/** The messages of one rule for a snippet, as if it stood at `path`. */
async function said(path: string, code: string, rule: string): Promise<string[]> {
  // Without type information: the snippets are in no project, and these rules need none.
  const untyped = { languageOptions: { parserOptions: { projectService: false, project: null } } };
  const eslint = new ESLint({ overrideConfig: [untyped], ruleFilter: ({ ruleId }) => ruleId === rule });
  const [result] = await eslint.lintText(code, { filePath: path });
  return result!.messages.map(({ ruleId, message }) => (ruleId === rule ? message : `${ruleId}: ${message}`));
}

describe('import directions', () => {
  it.each([
    ['domain/gate/verdict.ts', `import { train } from '../../activities/train.ts';`],
    ['domain/rollout/judge.ts', `import { readFile } from 'node:fs/promises';`],
    ['domain/gate/deep/er.ts', `import fs from 'fs';`],
    ['domain/x.ts', `import * as tf from '@tensorflow/tfjs';`],
    ['workflows/retrain.ts', `import { createRegistryActivities } from '../activities/registry.ts';`],
    ['workflows/steps/deep.ts', `import { openStore } from '../../adapters/s3-store.ts';`],
    ['workflows/retrain.ts', `export { openStore } from '../adapters/s3-store.ts';`],
    ['workflows/retrain.ts', `export * from '../models/load.ts';`],
    ['workflows/retrain.ts', `const { openStore } = await import('../adapters/s3-store.ts');`],
    ['workflows/retrain.ts', `import { Worker } from '@temporalio/worker';`],
    ['workflows/retrain.ts', `import { createHash } from 'node:crypto';`],
    ['workflows/retrain.ts', `import type { Anything } from '../workers/main.ts';`],
    ['workflows/retrain.ts', `import { type Kind, value } from '../models/define.ts';`],
    ['contracts/ids.ts', `import { gate } from '../domain/gate/gate.ts';`],
    ['contracts/ids.ts', `import { readFile } from 'node:fs/promises';`],
    ['adapters/deploy-target/process.ts', `import { gate } from '../../domain/gate/gate.ts';`],
    ['models/churn/model.ts', `import { openStore } from '../../adapters/s3-store.ts';`],
    ['activities/refresh/read.ts', `import { main } from '../../workers/main.ts';`],
    ['serving/events/log.ts', `import { retrain } from '../../workflows/retrain.ts';`],
    ['clients/commands/up.ts', `import { retrain } from '../../workflows/retrain.ts';`],
    ['clients/commands/up.ts', `import { gate } from '../../domain/gate/gate.ts';`],
    ['workers/pools/cpu.ts', `import { memoryStore } from '../../test/support/memory-store.ts';`],
    ['workers/pools/cpu.ts', `import { connect } from '../../clients/connect.ts';`],
  ])('%s may not contain %s', async (path, code) => {
    expect(await said(path, code, RULE)).toHaveLength(1);
  });

  it.each([
    ['domain/gate/verdict.ts', `import { seeded } from '../random.ts';`],
    ['domain/gate/verdict.ts', `import { VERDICTS } from '../../contracts/runs.ts';`],
    ['domain/split.ts', `import { createHash } from 'node:crypto';`],
    ['workflows/steps/deep.ts', `import type { train } from '../../activities/train.ts';`],
    ['workflows/steps/deep.ts', `import { type Kind } from '../../models/define.ts';`],
    ['workflows/retrain.ts', `import { condition } from '@temporalio/workflow';`],
    ['contracts/policy.ts', `import { z } from 'zod';`],
    ['models/churn/model.ts', `import * as tf from '@tensorflow/tfjs';`],
    ['activities/refresh/read.ts', `import { gate } from '../../domain/gate/gate.ts';`],
    ['clients/commands/up.ts', `import type { retrain } from '../../workflows/retrain.ts';`],
    ['workers/pools/cpu.ts', `import { createTrain } from '../../activities/train.ts';`],
    ['test/anything.ts', `import { main } from '../workers/main.ts';`],
  ])('%s may contain %s', async (path, code) => {
    expect(await said(path, code, RULE)).toEqual([]);
  });
});

describe('purity', () => {
  it.each([
    ['domain/x.ts', `export const now = () => Date.now();`, 'no-restricted-properties'],
    ['domain/gate/x.ts', `export const chance = () => Math.random();`, 'no-restricted-properties'],
    ['domain/gate/x.ts', `import { randomUUID } from 'node:crypto'; export const id = randomUUID;`, 'no-restricted-imports'],
    ['domain/gate/x.ts', `export const home = process.env.HOME;`, 'no-restricted-globals'],
    ['workflows/steps/x.ts', `export const page = () => fetch('/');`, 'no-restricted-globals'],
    ['adapters/x.ts', `console.log('hello');`, 'no-console'],
  ])('%s: %s', async (path, code, rule) => {
    expect(await said(path, code, rule)).toHaveLength(1);
  });
});

describe('promises', () => {
  it.each(['workflows/retrain.ts', 'activities/train.ts', 'test/lint/import-directions.test.ts'])('are not left alone in %s', async (path) => {
    const config = (await new ESLint().calculateConfigForFile(path)) as { rules: Record<string, [number]> };
    const ERROR = 2;
    expect(config.rules['@typescript-eslint/no-floating-promises']?.[0]).toBe(ERROR);
  });
});
