import { rolloutPolicy } from '../../contracts/policy.ts';
import { seededRandom } from '../../domain/random.ts';
import { emptyCounts, type RolloutCounts, type Tally } from '../../domain/rollout/counts.ts';
import { judge } from '../../domain/rollout/judge.ts';

const LOOKS = 200;
const UNITS = 1_000_000;
/** From rare errors to clicks of every fifth unit. */
const RATES = [0.001, 0.01, 0.2, 0.15, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005];

/** Milliseconds of processor time (what it takes when nothing else runs) for one verdict from the per-look counts of a million units, 200 looks and 10 metrics: the median of several. */
export function judgeMilliseconds(): number {
  const guardrails = RATES.slice(3).map((_, i) => ({ name: `guardrail-${i}`, kind: 'rate' as const, good: i % 2 === 0 }));
  const policy = rolloutPolicy.parse({ steps: [{ percent: 50 }], primary: { name: 'order', kind: 'rate', good: true }, guardrails });
  const counts = countsOfAMillion(emptyCounts(policy, 0));
  const times = Array.from({ length: 25 }, () => {
    const from = process.cpuUsage();
    judge(counts, policy, { stepIndex: 0, stepStartedAt: 0, now: 3_600_000 });
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  });
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function countsOfAMillion(counts: RolloutCounts): RolloutCounts {
  const random = seededRandom(1);
  const half = UNITS / LOOKS / 2;
  counts.looks = LOOKS;
  counts.newest = 3_600_000;
  counts.served = { champion: UNITS / 2, challenger: UNITS / 2 };
  counts.steps.push({ share: 0.5, units: UNITS, challenger: UNITS / 2, served: UNITS / 2 });
  counts.metrics.forEach((metric, i) => {
    for (const tally of [metric.risk, metric.windows])
      for (let look = 0; look < LOOKS; look++) addLook(tally, half, () => Math.round(half * RATES[i]! * (0.8 + 0.4 * random.next())));
  });
  return counts;
}

function addLook(tally: Tally, half: number, events: () => number): void {
  const [challengerEvents, championEvents] = [events(), events()];
  tally.strata.push([half, half, challengerEvents, championEvents]);
  tally.shares[0] ??= { champion: { units: 0, events: 0 }, challenger: { units: 0, events: 0 } };
  for (const to of [tally, tally.shares[0]]) {
    to.challenger.units += half;
    to.champion.units += half;
    to.challenger.events += challengerEvents;
    to.champion.events += championEvents;
  }
}
