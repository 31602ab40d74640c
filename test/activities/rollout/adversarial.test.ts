import { describe, expect, it } from 'vitest';
import { keys } from '../../../contracts/ids.ts';
import { exposure, reward, ROLLOUT, shop } from '../../domain/rollout/support.ts';
import { stage, watchInput, writeLog, writeSegment } from './support.ts';

describe('watchRollout, awkward logs', () => {
  it('waits for a segment whose summary is missing, and for those behind it', async () => {
    const { store, watchRollout } = stage(undefined, 30_000);
    await writeSegment(store, 1, 10_000, [exposure(1, 'a')]);
    await writeSegment(store, 2, 20_000, [exposure(10_001, 'b')], { summary: false });
    await writeSegment(store, 3, 30_000, [exposure(20_001, 'c')]);
    const served = async () => {
      const { units } = await watchRollout(watchInput({ reportEverySeconds: 0 }));
      return units.champion + units.challenger;
    };
    expect(await served()).toBe(1);
    await writeSegment(store, 2, 20_000, [exposure(10_001, 'b')]);
    expect(await served()).toBe(3);
  });

  it('folds gateways that start later, on the next day or with a name that sorts before', async () => {
    const { store, watchRollout } = stage(undefined, 30_000);
    await writeSegment(store, 1, 10_000, [exposure(1, 'a')], { gateway: 'g5' });
    await watchRollout(watchInput({ reportEverySeconds: 0 }));
    await writeSegment(store, 1, 20_000, [exposure(2, 'b')], { gateway: 'g1' });
    await writeSegment(store, 2, 20_000, [exposure(3, 'c')], { gateway: 'g5' });
    await writeSegment(store, 1, 20_000, [exposure(4, 'd')], { gateway: 'g9' });
    await writeSegment(store, 3, 13 * 3_600_000, [exposure(5, 'e')], { gateway: 'g5' });
    await watchRollout(watchInput({ reportEverySeconds: 0 }));
    await writeSegment(store, 2, 14 * 3_600_000, [exposure(6, 'f')], { gateway: 'g1' });
    const { units } = await watchRollout(watchInput({ reportEverySeconds: 0 }));
    expect(units.champion + units.challenger).toBe(6);
  });

  it('folds a backlog of two gateways in parts: the state is stored between them, and rewards at the other gateway are not lost', async () => {
    const { store, watchRollout } = stage(undefined, 1_300_000);
    const put = store.put;
    let stored = 0;
    store.put = async (key, ...rest) => {
      if (key === keys.rolloutState(ROLLOUT)) stored += 1;
      await put(key, ...rest);
    };
    for (let i = 0; i < 120; i++) {
      await writeSegment(store, i + 1, (i + 1) * 10_000, [exposure(i * 10_000 + 1, `u${i}`)], { gateway: 'g1' });
      await writeSegment(store, i + 1, (i + 1) * 10_000, [reward(i * 10_000 + 5_000, `u${i}`)], { gateway: 'g2' });
    }
    const { units, rows, looks } = await watchRollout(watchInput({ reportEverySeconds: 0 }));
    expect([stored, looks]).toEqual([5, 5]);
    expect(units.champion + units.challenger).toBe(120);
    const orders = rows.find(({ metric }) => metric === 'order')!;
    expect(orders.champion.events + orders.challenger.events).toBe(120);
  });

  it('reads only what belongs to the rollout: segments long before it are skipped, others rollouts do not count', async () => {
    const { store, watchRollout } = stage(undefined, 30_000);
    await writeSegment(store, 1, -3_600_000, [exposure(-3_700_000, 'old')]);
    await writeSegment(store, 2, 10_000, [exposure(1, 'a'), exposure(2, 'b', { rollout: 'shop@1' })]);
    const { units } = await watchRollout(watchInput({ reportEverySeconds: 0 }));
    expect(units.champion + units.challenger).toBe(1);
  });

  it('is INVALID when the log falls behind, says so at once, and later only when the report is due', async () => {
    const { store, watchRollout, elapsed } = stage(undefined, 60_000);
    await writeLog(store, shop({ seed: 6, requests: 100, users: 1e6, seconds: 60 }), 10_000, 60_000);
    const first = await watchRollout(watchInput({ reportEverySeconds: 900 }));
    expect(first.verdict).toBe('INVALID');
    expect(first.reasons.join()).toMatch(/event log is \d+ s behind/);
    expect(elapsed()).toBeLessThan(60_000 + 330_000);
    const before = elapsed();
    expect((await watchRollout(watchInput({ reportEverySeconds: 100 }))).verdict).toBe('INVALID');
    expect(elapsed() - before).toBeGreaterThanOrEqual(100_000);
  });

  it('is INVALID when units are not split as planned', async () => {
    const { store, watchRollout } = stage(undefined, 60_000);
    const events = Array.from({ length: 400 }, (_, i) => exposure(i, `u${i}`, { arm: i % 4 ? 'champion' : 'challenger' }));
    await writeSegment(store, 1, 60_000, events);
    expect(await watchRollout(watchInput({ reportEverySeconds: 0 }))).toMatchObject({
      verdict: 'INVALID',
      reasons: [expect.stringMatching(/not split as planned/)],
    });
  });

  it('returns at once when the time of the step is over, unless a rollout is held past it', async () => {
    const late = (expired: 'roll-back' | 'hold') => watchInput({ reportEverySeconds: 50 }, { expired, graceSeconds: 100_000 });
    const over = stage(undefined, 3_700_000);
    expect((await over.watchRollout(late('roll-back'))).verdict).toBe('EXPIRE');
    expect(over.elapsed()).toBe(3_700_000);
    const held = stage(undefined, 3_700_000);
    expect((await held.watchRollout(late('hold'))).verdict).toBe('EXPIRE');
    expect(held.elapsed()).toBe(3_750_000);
  });

  it('refuses a log that is not JSON lines, naming the segment', async () => {
    const { store, watchRollout } = stage(undefined, 30_000);
    const key = await writeSegment(store, 1, 10_000, [exposure(1, 'a')]);
    await store.put(key, '{"kind":"expos');
    await expect(watchRollout(watchInput())).rejects.toMatchObject({ type: 'ObjectCorrupt', message: expect.stringContaining(key) as string });
  });
});
