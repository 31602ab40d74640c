import { describe, expect, it } from 'vitest';
import { keys } from '../../../contracts/ids.ts';
import { getRef } from '../../../adapters/objects.ts';
import { exposure, reward, shop } from '../../domain/rollout/support.ts';
import { stage, watchInput, writeLog, writeSegment } from './support.ts';

const SECONDS = 900;
const noRevenue = { guardrails: [], marginOdds: 0.5, marginRate: 0.05 };

describe('watchRollout', () => {
  it('promotes a challenger that is better and safe, and stores the numbers it was decided from', async () => {
    const { store, watchRollout } = stage(undefined, 1000 * SECONDS);
    await writeLog(store, shop({ seed: 1, requests: 6000, users: 1e6, seconds: SECONDS, order: 0.3 }), 10_000, 1000 * SECONDS);
    const report = await watchRollout(watchInput({}, noRevenue));
    expect(report.verdict).toBe('PROMOTE');
    expect(report.rows.map(({ metric, state }) => `${metric} ${state}`)).toEqual(['error safe', 'slow safe', 'order superior']);
    expect(report.units.champion + report.units.challenger).toBeGreaterThan(5500);
    const evidence = JSON.parse((await getRef(store, report.evidence)).toString()) as { counts: { looks: number }; judgement: { verdict: string } };
    expect(report.evidence.key).toBe(keys.evidence(report.evidence.sha256));
    expect(evidence.judgement.verdict).toBe('PROMOTE');
    expect(evidence.counts.looks).toBe(report.looks);
  });

  it('rolls back at the look that proves harm, long before all events are in', async () => {
    const { store, watchRollout, onSleep, elapsed } = stage();
    const events = shop({ seed: 2, requests: 6000, users: 1e6, seconds: SECONDS, error: 0.3 });
    let number = 0;
    onSleep((time) => {
      const until = Math.floor(time / 10_000) * 10_000;
      if (until > number * 10_000)
        void writeSegment(
          store,
          ++number,
          until,
          events.filter(({ at }) => at < until && at >= until - 10_000),
        );
    });
    const report = await watchRollout(watchInput({ reportEverySeconds: 900 }, noRevenue));
    expect(report.verdict).toBe('ROLLBACK');
    expect(report.reasons.join()).toMatch(/^error is proven worse/);
    expect(elapsed()).toBeLessThan(120_000);
    expect(report.units.challenger).toBeLessThan(400);
  });

  it('returns EXTEND when the report is due, and goes on where it stopped', async () => {
    const { store, watchRollout, heartbeats } = stage(undefined, 10_000);
    const events = shop({ seed: 3, requests: 200, users: 1e6, seconds: 100 });
    await writeLog(store, events, 10_000, 50_000);
    const first = await watchRollout(watchInput({ reportEverySeconds: 20 }));
    expect(first.verdict).toBe('EXTEND');
    expect(heartbeats.length).toBeGreaterThanOrEqual(4);
    await writeLog(store, events, 10_000, 100_000);
    const second = await watchRollout(watchInput({ reportEverySeconds: 0 }));
    expect(second.looks).toBe(first.looks + 1);
    expect(second.units.champion + second.units.challenger).toBe(new Set(events.filter(({ kind }) => kind === 'exposure').map(({ unit }) => unit)).size);
  });
});

describe('planRollout', () => {
  const planned = { percent: 50, minDwellSeconds: 60, minUnits: 10, maxSeconds: 36_000 };

  it('measures traffic and rate, and says what the rollout needs', async () => {
    const { store, planRollout } = stage(undefined, 1000 * SECONDS);
    await writeLog(store, shop({ seed: 4, requests: 3000, users: 1e6, seconds: SECONDS }), 90_000, 1000 * SECONDS);
    const plan = await planRollout(watchInput({}, { steps: [planned] }));
    expect(plan.unitsPerHour).toBeGreaterThan(11_500);
    expect(plan.unitsPerHour).toBeLessThan(12_500);
    // (ln 20 + 2) / (¼ · ln²1.1 / 2) = 4,400 events
    expect(plan.events).toBeGreaterThanOrEqual(4_399);
    expect(plan.events).toBeLessThan(4_500);
    expect(plan.hours).toBeCloseTo(plan.units / plan.unitsPerHour, 1);
  });

  it('at night plans with the day: a rollout of a day is not refused for an hour in which nobody comes', async () => {
    const { store, planRollout } = stage(undefined, 24 * 3_600_000);
    const day = Array.from({ length: 8000 }, (_, i) => exposure(i * 9000, `u${i}`)); // 20 hours, 400 units an hour
    await writeLog(store, day, 600_000, 24 * 3_600_000);
    const { unitsPerHour } = await planRollout(watchInput({}, { steps: [{ ...planned, maxSeconds: 10 * 24 * 3600 }] }));
    expect(unitsPerHour).toBeGreaterThan(330);
    expect(unitsPerHour).toBeLessThan(337);
  });

  it('knows the rate of orders that come minutes after the answer', async () => {
    const { store, planRollout } = stage(undefined, 6 * 3_600_000);
    const events = Array.from({ length: 20_000 }, (_, i) => [exposure(i * 1000, `u${i}`), ...(i % 5 ? [] : [reward(i * 1000 + 500_000, `u${i}`)])]).flat();
    await writeLog(store, events, 5000, 6 * 3_600_000);
    const plan = await planRollout(watchInput({}, { unitWindowSeconds: 600, steps: [{ ...planned, maxSeconds: 10 * 24 * 3600 }] }));
    expect(plan.events / plan.units).toBeGreaterThan(0.1);
    expect(plan.events / plan.units).toBeLessThan(0.3);
  });

  it('refuses a rollout that cannot end in its time, and says why', async () => {
    const { store, planRollout } = stage(undefined, 1000 * SECONDS);
    await writeLog(store, shop({ seed: 4, requests: 300, users: 1e6, seconds: SECONDS }), 90_000, 1000 * SECONDS);
    await expect(planRollout(watchInput({}, { steps: [{ ...planned, maxSeconds: 3600 }] }))).rejects.toMatchObject({
      type: 'PlanTooLong',
      message: expect.stringMatching(/50 % needs about/) as string,
    });
  });

  it('refuses without any traffic, unless the policy says how much to expect', async () => {
    const { planRollout } = stage();
    await expect(planRollout(watchInput())).rejects.toMatchObject({ type: 'PlanTooLong', message: expect.stringMatching(/No unit has been served/) as string });
    await expect(planRollout(watchInput({}, { steps: [planned], expectedUnitsPerHour: 100_000 }))).resolves.toMatchObject({ unitsPerHour: 100_000 });
  });
});
