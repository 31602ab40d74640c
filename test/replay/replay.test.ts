import { readdir, readFile } from 'node:fs/promises';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { bundleOf } from '../support/world.ts';

const folder = new URL('histories/', import.meta.url);
const recorded = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
const read = async (file: string): Promise<History> => JSON.parse(await readFile(new URL(file, folder), 'utf8')) as History;

describe('recorded histories', () => {
  let workflowBundle: Awaited<ReturnType<typeof bundleOf>>;
  beforeAll(async () => (workflowBundle = await bundleOf()));

  test.each(recorded)('%s replays with the code of today', async (file) => {
    await Worker.runReplayHistory({ workflowBundle }, await read(file));
  });

  test('every workflow has one', () => {
    for (const name of Object.keys(workflows))
      expect(
        recorded.some((file) => file.startsWith(name)),
        name,
      ).toBe(true);
  });
});

test('a changed workflow is caught', async () => {
  const workflowBundle = await bundleOf(new URL('changed/index.ts', import.meta.url).pathname);
  await expect(Worker.runReplayHistory({ workflowBundle }, await read('retrain-promoted.json'))).rejects.toThrow(DeterminismViolationError);
});
