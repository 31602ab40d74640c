import { cancelled, heartbeat } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { beating } from '../../activities/beating.ts';

const pulse = { heartbeat, cancelled };
const never = () => new Promise<never>(() => {});

test('work that never ends is left at once when it is cancelled', async () => {
  const environment = new MockActivityEnvironment();
  const attempt = environment.run(() => beating(pulse, never));
  environment.cancel();
  await expect(attempt).rejects.toMatchObject({ name: 'CancelledFailure' });
});

test('what was left may fail later, and nobody minds', async () => {
  const environment = new MockActivityEnvironment();
  let fail = (_: Error) => {};
  const attempt = environment.run(() => beating(pulse, () => new Promise((_, reject) => (fail = reject))));
  environment.cancel();
  await expect(attempt).rejects.toMatchObject({ name: 'CancelledFailure' });
  fail(new Error('too late'));
});

test('work that ends gives its result or its failure, after a first heartbeat', async () => {
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => beats++);
  expect(await environment.run(() => beating(pulse, () => Promise.resolve(7)))).toBe(7);
  await expect(environment.run(() => beating(pulse, () => Promise.reject(new Error('broken'))))).rejects.toThrow('broken');
  expect(beats).toBe(2);
});
