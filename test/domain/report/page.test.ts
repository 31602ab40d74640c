import { describe, expect, test } from 'vitest';
import { modelCard } from '../../../domain/report/card.ts';
import { curvePlot } from '../../../domain/report/curve-plot.ts';
import type { Facts } from '../../../domain/report/facts.ts';
import { html } from '../../../domain/report/markup.ts';
import type { RolloutResult } from '../../../contracts/runs.ts';
import { reportPage, type Ending } from '../../../domain/report/page.ts';
import { ticks } from '../../../domain/report/scale.ts';

const HOSTILE = '</svg><script>alert("1")</script>';
const facts: Facts = {
  model: 'recommendation',
  task: 'ranking',
  run: 'run-7',
  champion: 3,
  gate: {
    verdict: 'pass',
    reasons: [`Not worse: hitRate@10 0.41 against 0.40 on ${HOSTILE}.`],
    testUnits: 400,
    evidence: { key: 'evidence/e.json', sha256: 'e', bytes: 1 },
    metrics: [
      { metric: 'hitRate@10', challenger: 0.41, champion: 0.4, baseline: 0.2, difference: 0.01, low: -0.005, high: 0.03, role: 'primary' },
      { metric: 'popularityBias@10', challenger: 0.5, champion: 0.6, baseline: 0.9, difference: -0.1, low: -0.15, high: -0.05, role: 'report' },
      { metric: 'coverage@10', challenger: 0.3, champion: 0, baseline: null, difference: null, low: null, high: null, role: 'report' },
    ],
  },
  slices: [
    { slice: `genre=${HOSTILE}`, units: 200, challenger: 0.3, champion: 0.4, difference: -0.1, low: -0.2, high: -0.02, p: 0.01, worse: true },
    { slice: 'genre=rare', units: 9, challenger: 0.3, champion: 0.4, difference: -0.1, low: -0.2, high: 0.1, p: null, worse: false },
  ],
  snapshot: {
    digest: 'snapshot-digest',
    sources: [{ name: 'ratings', files: [] }],
    schema: [{ column: 'history|', type: 'VARCHAR[]' }],
    trainRows: 900,
    testRows: 500,
  },
  definition: 'definition-digest',
  seed: 4,
  backend: 'wasm',
  packages: { node: '20.20.0' },
  training: { steps: 90, epochs: 3, learningRate: 0.003, loss: 5.4 },
  curve: [
    { epoch: 1, step: 30, loss: 7 },
    { epoch: 2, step: 60, loss: 6 },
    { epoch: 3, step: 90, loss: 5.4 },
  ],
  policy: { margin: 0.01, confidence: 0.95, sliceFdr: 0.1, sliceMinUnits: 50 },
};
const rollout: RolloutResult = {
  outcome: 'promote',
  asks: false,
  reason: '',
  exposures: 412,
  percent: 50,
  report: {
    verdict: 'PROMOTE',
    reasons: ['hit is proven better.'],
    looks: 9,
    units: { champion: 1200, challenger: 412 },
    rows: [
      {
        metric: 'hit',
        role: 'primary',
        good: true,
        champion: { units: 1200, events: 500, rate: 0.417 },
        challenger: { units: 400, events: 230, rate: 0.575 },
        effect: 1.9,
        low: 1.4,
        high: 2.5,
        logHarm: -3,
        logSafe: 5,
        logSuperior: 4,
        state: 'superior',
      },
    ],
    logSrm: 0,
    evidence: { key: 'evidence/judge.json', sha256: '', bytes: 0 },
  },
};
const ending: Ending = { version: 4, digest: 'bundle-digest', createdAt: '2026-01-04T02:11:09Z', outcome: 'promoted', reason: `Proven ${HOSTILE}`, rollout };
const page = reportPage(facts, ending);

describe('the report', () => {
  test('says what came of it, why, against what and from what', () => {
    for (const part of [
      'version 4',
      'On real traffic',
      '412 the challenger',
      '0.575 (230 of 400)',
      'promoted',
      'gate: pass',
      'hitRate@10',
      '0.41',
      'version 3',
      'snapshot-digest',
      'definition-digest',
      'bundle-digest',
      'wasm',
      'node 20.20.0',
      'evidence/e.json',
      '400 units',
    ])
      expect(page, part).toContain(part);
  });
  test('loads nothing: no script, no link, no address', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/);
  });
  test('text from data cannot become a tag', () => {
    expect(page).not.toContain(HOSTILE);
    expect(page).toContain('&#60;script&#62;');
  });
  test('every tag is closed in order, and no figure is missing', () => {
    const open: string[] = [];
    for (const [, closing, name, self] of page.matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
      if (self || name === 'meta') continue;
      if (closing) expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });
  test('less popularity bias is drawn as better, the worse slice as worse', () => {
    const groups = page.replace(/\s+/g, ' ').split('<g class="').slice(1);
    const stateOf = (label: string) => groups.find((group) => group.includes(`>${label}<`))!.split('"')[0];
    expect(stateOf('popularityBias@10')).toBe('better');
    expect(stateOf('hitRate@10')).toBe('open');
    expect(groups.filter((group) => group.startsWith('worse'))).toHaveLength(1);
  });
  test('a first version, rejected data and a training of one epoch have a page too', () => {
    const first = reportPage({ ...facts, champion: null, slices: [], curve: facts.curve.slice(0, 1), gate: { ...facts.gate, metrics: [] } }, ending);
    expect(first).toContain('no champion');
    expect(first).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test('the card is Markdown whose tables hold, whatever the names are', () => {
  const card = modelCard(facts);
  const rows = card.split('\n').filter((line) => line.startsWith('|'));
  expect(new Set(rows.slice(0, 5).map((row) => row.split(' | ').length))).toEqual(new Set([6]));
  expect(card).not.toContain('<script');
  expect(card).toContain('Shown, but not judged, for having fewer than 50 units: genre=rare.');
});

test('plots', () => {
  expect(curvePlot([])).toBeNull();
  expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks([-0.03, 0.05], 4)).toEqual([-0.02, 0, 0.02, 0.04]);
  expect(ticks([3, 3])).toEqual([3]);
  expect(html`<b>${['<', 1, null, html`<i></i>`]}</b>`.markup).toBe('<b>&#60;1<i></i></b>');
});
