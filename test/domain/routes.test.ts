import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureType } from '../../contracts/errors.ts';
import type { Routes, WantedRoutes } from '../../contracts/routes.ts';
import { claim, nextRoutes } from '../../domain/routes.ts';

const at = '2026-01-01T00:00:00.000Z';
const arm = (version: number) => ({ version, digest: `d${version}` });
const start = claim(null, 'reco', 'retrain-1', at);
const step = (number: number, changes: Partial<WantedRoutes> = {}): WantedRoutes => ({
  model: 'reco',
  epoch: 1,
  step: number,
  owner: 'retrain-1',
  champion: arm(1),
  challenger: arm(2),
  rollout: 'reco@2',
  percent: 10,
  warm: null,
  ...changes,
});
const typeOf = (call: () => unknown) => {
  try {
    call();
    return 'none';
  } catch (error) {
    return failureType(error);
  }
};

describe('claim', () => {
  it('starts at epoch 1 without traffic and gives the same owner the same epoch again', () => {
    expect(start).toMatchObject({ epoch: 1, step: 0, champion: null, percent: 0 });
    const moved = nextRoutes(start, step(1), at);
    expect(claim(moved, 'reco', 'retrain-1', 'later')).toBe(moved);
  });

  it('leaves the traffic as it is and fences the owner before out', () => {
    const moved = nextRoutes(start, step(1), at);
    const taken = claim(moved, 'reco', 'rollback-1', at);
    expect(taken).toEqual({ ...moved, epoch: 2, step: 0, owner: 'rollback-1' });
    expect(typeOf(() => nextRoutes(taken, step(2), at))).toBe('Fenced');
  });
});

describe('nextRoutes', () => {
  it('repeats a step without a change', () => {
    const moved = nextRoutes(start, step(1), at);
    expect(nextRoutes(moved, step(1), 'later')).toBe(moved);
    // Key order is no content: what came back from JSON or Temporal may have another one.
    expect(nextRoutes(moved, { ...step(1), champion: { digest: 'd1', version: 1 } }, 'later')).toBe(moved);
  });

  it.each([
    ['nothing claimed', null, step(1)],
    ['an older step', nextRoutes(start, step(3), at), step(2)],
    ['the same step with other traffic', nextRoutes(start, step(3), at), step(3, { percent: 50 })],
    ['an older epoch', claim(start, 'reco', 'rollback-1', at), step(9)],
    ['an epoch nobody claimed', start, step(1, { epoch: 2 })],
    ["another owner's epoch", start, step(1, { owner: 'someone' })],
  ])('refuses %s', (_, current, wanted) => expect(typeOf(() => nextRoutes(current, wanted, at))).toBe('Fenced'));

  it('never goes backwards, whatever arrives in whatever order', () => {
    const move = fc.oneof(
      fc.record({ kind: fc.constant('claim' as const), owner: fc.constantFrom('a', 'b', 'c') }),
      fc.record({
        kind: fc.constant('step' as const),
        owner: fc.constantFrom('a', 'b', 'c'),
        epoch: fc.nat(5),
        number: fc.nat(5),
        percent: fc.constantFrom(1, 5, 50),
      }),
    );
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        let current: Routes | null = null;
        for (const one of moves) {
          const before: Routes | null = current;
          try {
            current =
              one.kind === 'claim'
                ? claim(current, 'reco', one.owner, at)
                : nextRoutes(current, step(one.number, { owner: one.owner, epoch: one.epoch, percent: one.percent }), at);
          } catch (error) {
            expect(failureType(error)).toBe('Fenced');
          }
          if (!before) continue;
          const forward = current!.epoch > before.epoch || (current!.epoch === before.epoch && current!.step > before.step);
          expect(forward || current === before).toBe(true);
          // Within an epoch only its owner acts.
          if (current!.epoch === before.epoch) expect(current!.owner).toBe(before.owner);
        }
      }),
    );
  });
});
