import { describe, expect, it } from 'vitest';
import { nightsOf } from '../../clients/demo/nights.ts';
import { nightJson, nightsTable, type PlayedNight } from '../../clients/demo/outcome.ts';
import { wrap } from '../../clients/demo/screen.ts';
import type { RolloutMetricRow, RunResult } from '../../contracts/runs.ts';

const [first, , third, fourth] = nightsOf(false);
const REF = { key: 'evidence/x.json', sha256: 'x', bytes: 1 };
const nothing: RunResult = {
  model: 'm',
  outcome: 'unchanged',
  reason: 'Nothing new.',
  version: null,
  stage: 'refresh',
  snapshot: null,
  gate: null,
  rollout: null,
};
const hit: RolloutMetricRow = {
  metric: 'hit',
  role: 'primary',
  good: true,
  champion: { units: 1000, events: 440, rate: 0.44 },
  challenger: { units: 250, events: 60, rate: 0.24 },
  effect: 0.4,
  low: 0.3,
  high: 0.6,
  logHarm: 9,
  logSafe: -3,
  logSuperior: -3,
  state: 'harm',
};
const rolledBack: RunResult = {
  ...nothing,
  outcome: 'rolled-back',
  version: 3,
  gate: {
    verdict: 'suspicious',
    reasons: [],
    testUnits: 100,
    evidence: REF,
    metrics: [{ metric: 'hitRate@10', role: 'primary', challenger: 0.42, champion: 0.2, baseline: 0.3, difference: 0.22, low: 0.1, high: 0.3 }],
  },
  rollout: {
    outcome: 'rolled-back',
    asks: false,
    reason: '',
    exposures: 1250,
    percent: 20,
    report: { verdict: 'ROLLBACK', reasons: [], looks: 9, units: { champion: 1000, challenger: 250 }, rows: [hit], logSrm: 0, evidence: REF },
  },
};
const tally = { visits: { champion: 1000, challenger: 250 }, hits: { champion: 440, challenger: 60 }, failed: 2, lastFailure: 'x' };
const played = (night: PlayedNight['night'], result: RunResult, shop: PlayedNight['shop'] = null): PlayedNight => ({ night, result, shop, seconds: 12.34 });

describe('what a program reads of a night', () => {
  it('has outcome, version, metrics, exposures and seconds, whatever happened', () => {
    expect(nightJson(played(third!, nothing))).toMatchObject({ outcome: 'unchanged', version: null, metrics: {}, exposures: 0, online: null, seconds: 12.3 });
  });

  it('has the figures of the test and of the shoppers side by side', () => {
    expect(nightJson(played(fourth!, rolledBack, tally))).toMatchObject({
      gate: 'suspicious',
      metrics: { 'hitRate@10': 0.42 },
      championMetrics: { 'hitRate@10': 0.2 },
      online: { champion: 0.44, challenger: 0.24 },
      exposures: 1250,
      failedVisits: 2,
    });
  });

  it('has no figure of a champion where there was none', () => {
    const gate = { ...rolledBack.gate!, metrics: [{ ...rolledBack.gate!.metrics[0]!, champion: null }] };
    expect(nightJson(played(first!, { ...nothing, outcome: 'promoted', version: 1, gate })).championMetrics).toEqual({});
  });
});

it('the table has one line for each night', () => {
  const lines = nightsTable([played(third!, nothing), played(fourth!, rolledBack, tally)]).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^3 +nothing new +unchanged +–/);
  expect(lines[2]).toMatch(/^4 +60–80 %, renumbered +rolled-back +3 +42\.0 % \(20\.0 %\) +24\.0 % \(44\.0 %\) +1,250 +12 s$/);
});

it('only the last night of a healthy shop is another, and the same people visit it', () => {
  const [sick, healthy] = [nightsOf(false), nightsOf(true)];
  expect(healthy.slice(0, 3)).toEqual(sick.slice(0, 3));
  expect(healthy[3]!.visitors).toEqual(sick[3]!.visitors);
  expect([sick, healthy].map((nights) => nights.map(({ delivered }) => delivered?.renumbered ?? false))).toEqual([
    [false, false, false, true],
    [false, false, false, false],
  ]);
});

it('visitors come from after what the night was trained on', () => {
  for (const { delivered, visitors } of [...nightsOf(false), ...nightsOf(true)])
    if (delivered && visitors) expect(visitors.from).toBeGreaterThanOrEqual(delivered.to);
});

it('long lines break between words and keep their indent', () => {
  expect(wrap('  one two three four', 11)).toBe('  one two\n  three\n  four');
  expect(wrap('short', 80)).toBe('short');
});
