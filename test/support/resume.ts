import { expect, test } from 'vitest';
import type { TensorFlow } from '../../models/backends.ts';
import { memoryStore } from './memory-store.ts';
import { attempt, fitTiny, trained } from './training.ts';

/** Interrupted at any step, also more than once, a training ends with the very bytes of an uninterrupted one. */
export function resumesBitForBit(backend: () => Promise<TensorFlow>): void {
  test('ends with the same bits wherever it was interrupted', async () => {
    const tf = await backend();
    const fitted = await fitTiny();
    const whole = trained(await attempt(tf, fitted, memoryStore()));
    expect(whole.steps).toBeGreaterThan(10);

    for (const stopAfter of [1, fitted.stepsPerEpoch, fitted.stepsPerEpoch + 1, whole.steps - 1]) {
      const store = memoryStore();
      expect(await attempt(tf, fitted, store, { stopAfter })).toEqual({ kind: 'stopped', step: stopAfter });
      const resumed = trained(await attempt(tf, fitted, store));
      expect(resumed.resumedAtStep).toBe(stopAfter);
      expect(resumed.digest).toBe(whole.digest);
      expect(resumed.curve).toEqual(whole.curve);
    }
  });

  test('ends with the same bits when it is interrupted after every step', async () => {
    const tf = await backend();
    const fitted = await fitTiny();
    const whole = trained(await attempt(tf, fitted, memoryStore()));
    const store = memoryStore();
    for (let step = 1; step <= whole.steps; step++) expect((await attempt(tf, fitted, store, { stopAfter: 1 })).kind).toBe('stopped');
    expect(trained(await attempt(tf, fitted, store)).digest).toBe(whole.digest);
  });
}
