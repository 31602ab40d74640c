import { describe, expect, test } from 'vitest';
import type { ServingEvent } from '../../../contracts/events.ts';
import { closedUnits } from '../../../domain/drift/closed-units.ts';

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
const did = (unit: string, at: number, name = 'order'): ServingEvent => ({ kind: 'reward', at, unit, id: null, name, value: 1 });
const count = (events: ServingEvent[]) => closedUnits(events, 1, 'order', { after: 0, until: 100, windowMilliseconds: 10 });

describe('closed units', () => {
  test('each unit once, by its first exposure, with what it did within the window', () => {
    expect(count([shown('a', 5), did('a', 6), did('a', 7), shown('a', 50), shown('b', 5)])).toEqual({ units: 2, events: 1 });
    expect(count([shown('a', 5), shown('a', 50), did('a', 55)])).toEqual({ units: 1, events: 0 });
  });
  test('the borders of the window count, what lies outside does not', () => {
    expect(count([shown('a', 5), did('a', 15), shown('b', 5), did('b', 16), shown('c', 5), did('c', 4)])).toEqual({ units: 3, events: 1 });
  });
  test('other arms, versions, rewards and times are not counted', () => {
    expect(
      count([shown('a', 5, { arm: 'challenger' }), shown('b', 5, { version: 2 }), shown('c', 101), shown('d', 0), shown('e', 100), did('e', 105, 'click')]),
    ).toEqual({ units: 1, events: 0 });
  });
  test('the order of gateways does not matter', () => {
    const events = [shown('a', 5), did('a', 6), shown('b', 7), did('b', 18)];
    expect(count([...events].reverse())).toEqual(count(events));
  });
});
