import { seededRandom, splitSeed, type Random } from '../../domain/random.ts';
import { LOOKS, PER_LOOK, type Cell } from './cells.ts';

/** Challenger count, champion count, events of the challenger, events of the champion. */
export type Four = [number, number, number, number];

/** One simulated rollout, as each rule wants to count it; entry i is look i. */
export interface Stream {
  /** Units at risk in the look and their first events: Nightjar. */
  risk: Four[];
  /** Units so far and those with an event so far: GrowthBook; users whom the ramp moved are left out, as it does. */
  soFar: Four[];
  /** Requests in the look and their events: thresholds, Mann–Whitney. */
  requests: Four[];
  /** Distinct units served by the challenger so far. */
  served: number[];
}

/** Simulates a rollout; the same cell, seed and number give the same stream. */
export function simulate(cell: Cell, number: number): Stream {
  const random = seededRandom(splitSeed(number, `${cell.name} ×${cell.harm}`));
  const phase = 2 * Math.PI * random.next();
  const rateAt = (look: number) => cell.base * (cell.moving ? 1 + 0.5 * Math.sin(phase + (2 * Math.PI * look) / LOOKS) : 1);
  return cell.users === 'one-time' ? oneTime(cell, random, rateAt) : returning(cell, random, rateAt);
}

const zero = (): Four => [0, 0, 0, 0];

function oneTime(cell: Cell, random: Random, rateAt: (look: number) => number): Stream {
  const stream: Stream = { risk: [], soFar: [], requests: [], served: [] };
  const soFar = zero();
  for (let look = 0; look < LOOKS; look++) {
    const counts = zero();
    const rate = rateAt(look);
    for (let i = 0; i < PER_LOOK; i++) {
      const side = random.next() < cell.shares[look]! ? 0 : 1;
      counts[side] += 1;
      if (random.next() < (side === 0 ? rate * cell.harm : rate)) counts[side + 2]! += 1;
    }
    counts.forEach((count, i) => (soFar[i]! += count));
    stream.risk.push(counts);
    stream.requests.push(counts);
    stream.soFar.push([...soFar]);
    stream.served.push(soFar[0]);
  }
  return stream;
}

/** Users who come back: their number, the spread of their activity (log-normal) and of their own event rate (Gamma-distributed around the base, shape 2). */
const USERS = 30_000;
const ACTIVITY_SIGMA = 1;

interface User {
  point: number;
  factor: number;
  /** −1 until first served; then the side of the last request. */
  side: number;
  moved: boolean;
  had: boolean;
}

function returning(cell: Cell, random: Random, rateAt: (look: number) => number): Stream {
  const users: User[] = Array.from({ length: USERS }, () => ({ point: random.next(), factor: gammaOfTwo(random) / 2, side: -1, moved: false, had: false }));
  const draw = byActivity(random);
  const stream: Stream = { risk: [], soFar: [], requests: [], served: [] };
  const soFar = zero();
  const servedBy = new Set<number>();
  for (let look = 0; look < LOOKS; look++) {
    const [requests, risk] = [zero(), zero()];
    const atRisk = new Set<number>();
    for (let i = 0; i < PER_LOOK; i++) {
      const who = draw();
      const user = users[who]!;
      const side = user.point < cell.shares[look]! ? 0 : 1;
      if (user.side === -1) soFar[side] += 1;
      else if (user.side !== side && !user.moved) leaveOut(user, soFar);
      user.side = side;
      if (side === 0) servedBy.add(who);
      const event = random.next() < Math.min(1, rateAt(look) * user.factor * (side === 0 ? cell.harm : 1));
      requests[side] += 1;
      if (event) requests[side + 2]! += 1;
      if (!user.had && !atRisk.has(who)) {
        atRisk.add(who);
        risk[side] += 1;
      }
      if (event && !user.had) {
        user.had = true;
        risk[side + 2]! += 1;
        if (!user.moved) soFar[side + 2]! += 1;
      }
    }
    stream.risk.push(risk);
    stream.requests.push(requests);
    stream.soFar.push([...soFar]);
    stream.served.push(servedBy.size);
  }
  return stream;
}

function leaveOut(user: User, soFar: Four): void {
  user.moved = true;
  soFar[user.side]! -= 1;
  if (user.had) soFar[user.side + 2]! -= 1;
}

/** Draws users with log-normal activity: a table of equal parts is exact enough and quick. */
function byActivity(random: Random): () => number {
  const activity = Array.from({ length: USERS }, () => Math.exp(ACTIVITY_SIGMA * normal(random)));
  const total = activity.reduce((sum, each) => sum + each, 0);
  const table = new Int32Array(1 << 20);
  let [user, until] = [0, activity[0]! / total];
  for (let i = 0; i < table.length; i++) {
    while ((i + 0.5) / table.length > until && user < USERS - 1) until += activity[++user]! / total;
    table[i] = user;
  }
  return () => table[random.below(table.length)]!;
}

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
const gammaOfTwo = (random: Random): number => -Math.log((1 - random.next()) * (1 - random.next()));
