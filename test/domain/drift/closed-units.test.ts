import { describe, expect, test } from 'vitest';
import type { ServingEvent } from '../../../contracts/events.ts';
import { closedUnits } from '../../../domain/drift/closed-units.ts';
import { nobodySeen } from '../../../domain/drift/seen-units.ts';

const shown = (unit: string, at: number, some: { arm?: 'champion' | 'challenger'; version?: number } = {}): ServingEvent => ({
  kind: 'exposure',
  at,
  id: `${unit}${at}`,
  unit,
  rollout: null,
  arm: 'champion',
  version: 1,
  share: 0,
  status: 'ok',
  milliseconds: 1,
  ...some,
});
const did = (unit: string, at: number, name = 'order', value = 1): ServingEvent => ({ kind: 'reward', at, unit, id: null, name, value });
const count = (events: ServingEvent[], { seen = nobodySeen(), after = 0, until = 100 } = {}) =>
  closedUnits([events], 1, 'order', { after, until, windowMilliseconds: 10 }, seen);

describe('closed units', () => {
  test('each unit once, by its first exposure, with what it did within the window', async () => {
    expect(await count([shown('a', 5), did('a', 6), did('a', 7), shown('a', 50), shown('b', 5)])).toEqual({ units: 2, events: 1 });
    expect(await count([shown('a', 5), shown('a', 50), did('a', 55)])).toEqual({ units: 1, events: 0 });
  });
  test('the borders of the window count, what lies outside does not', async () => {
    expect(await count([shown('a', 5), did('a', 15), shown('b', 5), did('b', 16), shown('c', 5), did('c', 4)])).toEqual({ units: 3, events: 1 });
  });
  test('other arms, versions, rewards and times are not counted', async () => {
    expect(
      await count([
        shown('a', 5, { arm: 'challenger' }),
        shown('b', 5, { version: 2 }),
        shown('c', 101),
        shown('d', 0),
        shown('e', 100),
        did('e', 105, 'click'),
      ]),
    ).toEqual({ units: 1, events: 0 });
  });
  test('the order of gateways does not matter', async () => {
    const events = [shown('a', 5), did('a', 6), shown('b', 7), did('b', 18)];
    expect(await count([...events].reverse())).toEqual(await count(events));
  });
  test('a unit that comes back in a later span is not counted again', async () => {
    const seen = nobodySeen();
    await count([shown('a', 5), shown('b', 6)], { seen });
    expect(await count([shown('a', 105), did('a', 106), shown('c', 107)], { seen, after: 100, until: 200 })).toEqual({ units: 1, events: 0 });
  });
  test('a reward of nothing, or a return, is no event: as in a rollout', async () => {
    expect(await count([shown('a', 5), did('a', 6, 'order', 0), shown('b', 5), did('b', 6, 'order', -3)])).toEqual({ units: 2, events: 0 });
  });
  test('two units in a hundred thousand may be taken for one another, not two in a hundred', async () => {
    const events = Array.from({ length: 100_000 }, (_, i) => shown(`unit ${i}`, 1 + (i % 100)));
    const { units } = await count(events);
    expect(units).toBeGreaterThan(99_000);
    expect(units).toBeLessThan(100_000);
  });
});
