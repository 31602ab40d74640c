import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../adapters/package-root.ts';
import { curveOf, logHarm, logLikelihood, logSafe, logSuperior } from '../../domain/rollout/rates.ts';
import type { BenchRow } from '../row.ts';
import { HARM, NO_HARM, type Cell } from './cells.ts';
import { firstAlarm } from './ours.ts';
import { peerAlarms, peerPython, RULES, scipyEvidence, type EvidenceCase, type PeerAlarms, type Rule } from './peers.ts';
import { ramp, type StepRule } from './steps.ts';
import { simulate } from './streams.ts';
import { judgeMilliseconds } from './timing.ts';

/** Simulated rollouts per cell; NIGHTJAR_BENCH_ROLLOUTS changes it (harm cells take half of it). */
const ROLLOUTS = Number(process.env.NIGHTJAR_BENCH_ROLLOUTS ?? 400);

export const about = `Simulated rollouts (200 looks of 400 units; ramp 1→5→10→25→50 %, base rate moving by ±50 %; returning users: 30,000, log-normal activity, own event rates),
one bad event, one-sided level 5 %. ${ROLLOUTS} rollouts per cell without harm, ${Math.round(ROLLOUTS / 2)} with; harm is a factor of the rate. All rules see the same streams.
Peers: GrowthBook's gbstats (its sequential test at two-sided 10 %, stopping only on harm), a fixed limit of 1.5 times the known base rate as Flagger (5 failed checks)
and Argo (more than 3) count it, Mann–Whitney at 98 % every ten looks as Kayenta judges.
Medians count the challenger's units until the alarm over all rollouts of a cell ("never" as infinite: shown as −1).
Not measured: services around these rules, their delays in collecting data, several metrics at once, arms that differ in when events come.`;

export async function run(): Promise<BenchRow[]> {
  const folder = join(packageRoot(), '.cache', 'bench', 'judge');
  const python = await peerPython(folder);
  const results = await simulateAll(python, join(folder, 'streams.jsonl'));
  return [
    ...NO_HARM.flatMap((cell) => falseAlarmRows(cell, results.get(cell)!)),
    ...HARM.flatMap((cell) => detectionRows(cell, results.get(cell)!)),
    ...stepRows(),
    await agreementRow(python),
    timingRow(),
  ];
}

interface CellResult {
  /** Challenger units until the alarm; infinite when there is none. */
  ours: number[];
  peers: Record<Rule, number[]>;
}

/** Writes all streams into one file that the peers read, so that nobody sees other data, and judges them. */
async function simulateAll(python: string, path: string): Promise<Map<Cell, CellResult>> {
  const cells = [...NO_HARM, ...HARM];
  const results = new Map<Cell, CellResult>(cells.map((cell) => [cell, { ours: [], peers: { growthbook: [], flagger: [], argo: [], kayenta: [] } }]));
  const served = new Map<string, number[]>();
  const file = createWriteStream(path);
  for (const [index, cell] of cells.entries()) {
    const count = cell.harm === 1 ? ROLLOUTS : Math.round(ROLLOUTS / 2);
    for (let number = 0; number < count; number++) {
      const stream = simulate(cell, number);
      served.set(`${index}/${number}`, stream.served);
      results.get(cell)!.ours.push(unitsUntil(stream.served, firstAlarm(stream)));
      const line = JSON.stringify({ cell: String(index), number, base: cell.base, soFar: stream.soFar, requests: stream.requests });
      if (!file.write(`${line}\n`)) await once(file, 'drain');
    }
  }
  file.end();
  await once(file, 'close');
  for (const alarms of await peerAlarms(python, path))
    addPeers(results.get(cells[Number(alarms.cell)]!)!, alarms, served.get(`${alarms.cell}/${alarms.number}`)!);
  await rm(path);
  return results;
}

function addPeers(result: CellResult, alarms: PeerAlarms, served: number[]): void {
  for (const rule of RULES) result.peers[rule].push(unitsUntil(served, alarms[rule]));
}

const unitsUntil = (served: number[], look: number): number => (look < 0 ? Infinity : served[look]!);

function falseAlarmRows(cell: Cell, { ours, peers }: CellResult): BenchRow[] {
  const stopped = (units: number[]) => (100 * units.filter(Number.isFinite).length) / units.length;
  return RULES.map((rule) => ({
    name: `A/A stopped, ${cell.name} · ${rule}`,
    ours: stopped(ours),
    peer: stopped(peers[rule]),
    ratio: stopped(peers[rule]) > 0 ? stopped(ours) / stopped(peers[rule]) : null,
    unit: '% of rollouts',
    target: 'ours at most 5',
    pass: stopped(ours) <= 5,
  }));
}

function detectionRows(cell: Cell, { ours, peers }: CellResult): BenchRow[] {
  return RULES.map((rule) => {
    const [our, their] = [median(ours), median(peers[rule])];
    const wanted = rule === 'growthbook' && cell.users === 'one-time' && (cell.harm === 1.5 || cell.harm === 2);
    const pass = cell.moving ? our < their : our <= 1.05 * their;
    return {
      name: `units until harm ×${cell.harm}, ${cell.name} · ${rule}`,
      ours: finite(our),
      peer: finite(their),
      ratio: Number.isFinite(our / their) && their > 0 ? our / their : null,
      unit: "challenger's units",
      target: wanted ? (cell.moving ? 'fewer' : 'ratio at most 1.05') : 'reported only',
      pass: !wanted || pass,
    };
  });
}

const finite = (value: number): number => (Number.isFinite(value) ? value : -1);

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** What it costs to leave a step without proof (docs/decisions/rollout-steps.md), and what it would cost to wait for it: the peer is a ramp that waits. */
function stepRows(): BenchRow[] {
  const medianOf = (rule: StepRule, harm: number, figure: 'exposed' | 'looks') =>
    median(Array.from({ length: Math.round(ROLLOUTS / 6) }, (_, number) => ramp(rule, 0.02, harm, number)[figure]));
  return [
    { harm: 1, figure: 'looks' as const, unit: 'looks' },
    { harm: 1.5, figure: 'exposed' as const, unit: "challenger's units" },
    { harm: 2, figure: 'exposed' as const, unit: "challenger's units" },
  ].map(({ harm, figure, unit }) => {
    const [ours, peer] = [medianOf('unless suspect', harm, figure), medianOf('when safe', harm, figure)];
    return {
      name: `steps by verdict, ${harm === 1 ? 'harmless' : `harm ×${harm}`}, until the end · proof at each step`,
      ours,
      peer,
      ratio: ours / peer,
      unit,
      target: 'reported only',
      pass: true,
    };
  });
}

async function agreementRow(python: string): Promise<BenchRow> {
  const cases = evidenceCases();
  const theirs = await scipyEvidence(python, cases);
  const differences = cases.map(({ good, marginOdds, strata }, i) => {
    const likelihood = logLikelihood(curveOf(strata as [number, number, number, number][]));
    const expected = theirs[i]!;
    return Math.max(
      Math.abs(logHarm(likelihood, good) - expected.logHarm),
      Math.abs(logSafe(likelihood, good, marginOdds) - expected.logSafe),
      Math.abs(logSuperior(likelihood, good) - expected.logSuperior),
    );
  });
  const worst = Math.max(...differences);
  return { name: 'log E against scipy, largest difference', ours: worst, peer: null, ratio: null, unit: 'nats', target: 'below 1e-3', pass: worst < 1e-3 };
}

/** Looks of simulated rollouts, fixed share and ramp, rare and frequent. */
function evidenceCases(): EvidenceCase[] {
  return [NO_HARM[1]!, NO_HARM[2]!, HARM[1]!, HARM[12]!].flatMap((cell) =>
    [false, true].map((good) => ({ good, marginOdds: 0.1, strata: simulate(cell, 0).risk.filter((_, i) => i % 10 === 0) })),
  );
}

function timingRow(): BenchRow {
  const milliseconds = judgeMilliseconds();
  return {
    name: 'one verdict: a million units, 200 looks, 10 metrics',
    ours: milliseconds,
    peer: null,
    ratio: null,
    unit: 'ms of processor time',
    target: 'below 50',
    pass: milliseconds < 50,
  };
}
