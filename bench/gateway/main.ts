import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson } from '../../adapters/objects.ts';
import { keys } from '../../contracts/ids.ts';
import type { Arm, Endpoints } from '../../contracts/routes.ts';
import { quantile } from '../../domain/gate/bootstrap.ts';
import type { BenchRow } from '../row.ts';
import { shopper, storeBundle } from './bundle.ts';
import { openLoop, post, type LoadResult } from './load.ts';
import { buildStage, type Stage } from './stage.ts';

export const about = [
  'The recommender behind the gateway against the same model server asked directly: 500 requests/s, open loop, rounds in turn (their median), each part a process',
  'of its own, client on the same machine. Then how long after a change of the routes the gateway still answers by the old version.',
  'Not measured: networks, TLS, several gateways, a store that is away; of a rollback only the part after its workflow has decided.',
].join('\n');

const MODEL = 'recommendation';
const PER_SECOND = 500;
const ROUNDS = 7;
const SECONDS = 5;
const TURNS = 20;

export async function run(): Promise<BenchRow[]> {
  const stage = await buildStage();
  try {
    const arms = await Promise.all([1, 2].map((version) => deploy(stage, version)));
    const traffic = await trafficOf(stage);
    await traffic(arms[0]!, null);
    await until(stage, '1');
    const { direct, through } = await compare(stage);
    return [...rowsOf(direct, through), backRow(await timeTurns(stage, arms as [Arm, Arm], traffic))];
  } finally {
    await stage.end();
  }
}

async function deploy({ store, activities }: Stage, version: number): Promise<Arm> {
  const digest = await storeBundle(store, version);
  await activities.ensureServer({ model: MODEL, version, digest });
  return { version, digest };
}

/** Sends all traffic to an arm, fenced as a rollback does it. */
async function trafficOf({ activities }: Stage): Promise<(champion: Arm, warm: Arm | null) => Promise<unknown>> {
  const owner = 'bench';
  const { epoch } = await activities.claimRoutes({ model: MODEL, owner });
  let step = 0;
  return (champion, warm) => activities.setRoutes({ model: MODEL, epoch, owner, step: ++step, champion, challenger: null, rollout: null, percent: 0, warm });
}

async function compare({ store, gatewayUrl }: Stage): Promise<{ direct: LoadResult[]; through: LoadResult[] }> {
  const { servers } = (await readJson<Endpoints>(store, keys.endpoints(MODEL)))!;
  const people = Array.from({ length: 1000 }, (_, i) => shopper(i));
  const ask = (url: string, seconds: number) => openLoop(`${url}/v1/models/${MODEL}:predict`, people, PER_SECOND, seconds);
  const serverUrl = servers.find(({ version }) => version === 1)!.url;
  for (const url of [serverUrl, gatewayUrl]) await ask(url, 3); // just-in-time compilation of both
  const direct: LoadResult[] = [];
  const through: LoadResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    direct.push(await ask(serverUrl, SECONDS));
    through.push(await ask(gatewayUrl, SECONDS));
  }
  return { direct, through };
}

function rowsOf(direct: LoadResult[], through: LoadResult[]): BenchRow[] {
  const failed = [...direct, ...through].reduce((sum, round) => sum + round.failed, 0);
  const each = (rounds: LoadResult[], q: number) => rounds.map(({ milliseconds }) => quantile(milliseconds, q));
  const median = (values: number[]) => quantile(Float64Array.from(values).sort(), 0.5);
  // By rounds, each against the one before it: what else the machine does in some of them must not decide.
  const beside = (name: string, q: number): BenchRow => {
    const [gateway, server] = [each(through, q), each(direct, q)];
    const added = median(gateway.map((milliseconds, round) => milliseconds - server[round]!));
    const [ours, peer] = [median(gateway), median(server)];
    return {
      name: `${name} at ${PER_SECOND} requests/s`,
      ours,
      peer,
      ratio: ours / peer,
      unit: 'ms',
      target: `adds < 2 ms (adds ${added.toFixed(2)})`,
      pass: added < 2,
    };
  };
  return [
    beside('p50', 0.5),
    beside('p99', 0.99),
    { name: 'requests that failed', ours: failed, peer: null, ratio: null, unit: `of ${2 * ROUNDS * SECONDS * PER_SECOND}`, target: '0', pass: failed === 0 },
  ];
}

/** Seconds from a change of the routes until the gateway answers by the new version, under requests one after the other. */
async function timeTurns(stage: Stage, arms: [Arm, Arm], traffic: (champion: Arm, warm: Arm | null) => Promise<unknown>): Promise<number[]> {
  const seconds: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const [from, to] = turn % 2 === 0 ? arms : ([arms[1], arms[0]] as const);
    await sleep((turn * 37) % 500); // anywhere between two looks of the gateway
    const started = performance.now();
    await traffic(to, from);
    await until(stage, String(to.version));
    seconds.push((performance.now() - started) / 1000);
  }
  return seconds;
}

async function until({ gatewayUrl }: Stage, version: string): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const body = JSON.stringify({ instances: [shopper(1)] });
  while ((await post(agent, `${gatewayUrl}/v1/models/${MODEL}:predict`, body)).version !== version) await sleep(2);
  agent.destroy();
}

function backRow(seconds: number[]): BenchRow {
  const slowest = Math.max(...seconds);
  return {
    name: `traffic back after its routes changed, slowest of ${TURNS}`,
    ours: slowest,
    peer: null,
    ratio: null,
    unit: 's',
    target: '< 2 s',
    pass: slowest < 2,
  };
}
