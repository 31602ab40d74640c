import { describe, expect, it } from 'vitest';
import { NightjarError } from '../../../contracts/errors.ts';
import { keys } from '../../../contracts/ids.ts';
import type { ObjectStore } from '../../../contracts/store.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { ROLLOUT, shop } from '../../domain/rollout/support.ts';
import { stage, watchInput, writeLog } from './support.ts';

const SECONDS = 300;
const events = shop({ seed: 5, requests: 900, users: 200, seconds: SECONDS });

/** A store that fails once, at its nth call from now. */
function failingAt(store: ObjectStore, nth: number): ObjectStore {
  let calls = 0;
  const perhaps = () => {
    if (++calls === nth) throw new NightjarError('StoreUnreachable', 's3://test.');
  };
  return new Proxy(store, {
    get: (target, name: keyof ObjectStore) =>
      typeof target[name] !== 'function'
        ? target[name]
        : (...parameters: never[]) => {
            perhaps();
            return (target[name] as (...all: never[]) => unknown)(...parameters);
          },
  });
}

describe('watchRollout after a crash', () => {
  it('counts the same as if it had not been interrupted, whichever call to the store fails', async () => {
    const whole = stage(undefined, 1000 * SECONDS);
    await writeLog(whole.store, events, 20_000, 1000 * SECONDS);
    const wanted = await whole.watchRollout(watchInput({ reportEverySeconds: 0 }));
    for (let nth = 1; nth <= 60; nth++) {
      const store = memoryStore();
      await writeLog(store, events, 20_000, 1000 * SECONDS);
      const broken = stage(failingAt(store, nth) as ReturnType<typeof memoryStore>, 1000 * SECONDS);
      await broken.watchRollout(watchInput({ reportEverySeconds: 0 })).catch((error: unknown) => expect(error).toMatchObject({ type: 'StoreUnreachable' }));
      const again = await stage(store, 1000 * SECONDS).watchRollout(watchInput({ reportEverySeconds: 0 }));
      expect({ ...again, evidence: null }).toEqual({ ...wanted, evidence: null });
    }
  });

  it('repeats nothing after its state was written and its answer lost', async () => {
    const { store, watchRollout } = stage(undefined, 1000 * SECONDS);
    await writeLog(store, events, 20_000, 1000 * SECONDS);
    const first = await watchRollout(watchInput({ reportEverySeconds: 0 }));
    const state = store.objects.get(keys.rolloutState(ROLLOUT));
    const second = await watchRollout(watchInput({ reportEverySeconds: 0 }));
    expect(second).toEqual(first);
    expect(store.objects.get(keys.rolloutState(ROLLOUT))).toEqual(state);
  });

  it('throws what the store throws, so that Temporal retries', async () => {
    const { watchRollout } = stage(failingAt(memoryStore(), 1) as ReturnType<typeof memoryStore>);
    await expect(watchRollout(watchInput())).rejects.toMatchObject({ type: 'StoreUnreachable' });
  });
});
