import { updateJson } from '../adapters/objects.ts';
import { readBundle } from '../adapters/bundles.ts';
import { crashPoint } from '../adapters/crash-points.ts';
import { announce, withdraw } from '../adapters/endpoints.ts';
import type { DeployTarget, RunningServer } from '../adapters/deploy-target/target.ts';
import { routesOf } from '../adapters/registry.ts';
import type { DeployActivities } from '../contracts/activities.ts';
import type { GoldenQuery } from '../contracts/bundle.ts';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import type { Routes } from '../contracts/routes.ts';
import type { TrialReport } from '../contracts/runs.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { quantile } from '../domain/gate/bootstrap.ts';
import { claim, nextRoutes, sentBack } from '../domain/routes.ts';
import { samePrediction } from '../domain/same-prediction.ts';
import { beating, type Pulse } from './beating.ts';

export interface DeployDeps extends Pulse {
  store: ObjectStore;
  target: DeployTarget;
  now: () => Date;
}

/** Requests of a round in which a server's latency is measured; the quickest round counts, for other work on the machine can only slow it down. */
const MEASURED_REQUESTS = 200;
const MEASURED_ROUNDS = 3;
/**
 * Requests before those, some at a time as users come. A process that has just started needs four times the computing per answer until its
 * code is compiled: a challenger that met its first users like that would be found slower than a champion that is warm.
 */
const WARM_UP_REQUESTS = 3000;
const WARM_UP_AT_ONCE = 4;
const WARM_UP_MILLISECONDS = 10_000;

/** Servers and traffic. Each is absolute and safe to repeat; changes of traffic are fenced (domain/routes.ts). */
export function createDeployActivities({ store, target, now, ...pulse }: DeployDeps): DeployActivities {
  return {
    ensureServer: (wanted) =>
      beating(pulse, async () => {
        const { manifest, files } = await readBundle(store, wanted.digest);
        const golden = JSON.parse(files['golden.json']!.toString('utf8')) as GoldenQuery[];
        const server = await target.ensure(wanted);
        const report = await tryOut(server, golden);
        await announce(store, server); // only now: gateways use what is announced
        return { ...report, digest: wanted.digest, bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0) };
      }),

    wakeServer: (wanted) => beating(pulse, async () => announce(store, await target.ensure(wanted))),

    retireServers: ({ model, versions }) =>
      beating(pulse, async () => {
        const routes = await routesOf(store, model);
        const serving = [routes?.champion?.version, routes?.challenger?.version];
        const retired = versions.filter((version) => !serving.includes(version));
        await withdraw(store, model, retired); // first, so that no gateway asks a server that is going
        for (const version of retired) await target.retire(model, version);
        // A rollback may have named one meanwhile; it woke the server before that, so this step starts it again.
        const after = await routesOf(store, model);
        for (const arm of [after?.champion, after?.challenger])
          if (arm && retired.includes(arm.version)) await announce(store, await target.ensure({ model, ...arm }));
        return { retired };
      }),

    async claimRoutes({ model, owner }) {
      return (await updateJson<Routes>(store, keys.routes(model), (current) => claim(current, model, owner, now().toISOString())))!;
    },

    async sendBack(wanted) {
      let sent: Routes | null = null;
      await updateJson<Routes>(store, keys.routes(wanted.model), (current) => (sent = sentBack(current, wanted, now().toISOString())));
      crashPoint('traffic-after-change');
      return sent;
    },

    async setRoutes(wanted) {
      const routes = await updateJson<Routes>(store, keys.routes(wanted.model), (current) => nextRoutes(current, wanted, now().toISOString()));
      crashPoint('traffic-after-change');
      return routes!;
    },
  };
}

/** Asks the golden queries over HTTP, as a shop would, and measures. Throws BundleRefused when one is answered otherwise. */
async function tryOut(server: RunningServer, golden: GoldenQuery[]): Promise<Omit<TrialReport, 'digest' | 'bytes'>> {
  for (const [i, { instance, prediction }] of golden.entries()) {
    const answer = await ask(server, instance);
    if (!samePrediction(prediction, answer))
      throw new NightjarError('BundleRefused', `${server.model}@${server.version}: its server answers golden query ${i} otherwise.`);
  }
  const question = (i: number) => ask(server, golden[i % golden.length]!.instance);
  const warm = performance.now() + WARM_UP_MILLISECONDS;
  const warmUp = async (first: number) => {
    for (let i = first; i < WARM_UP_REQUESTS && performance.now() < warm; i += WARM_UP_AT_ONCE) await question(i);
  };
  await Promise.all(Array.from({ length: WARM_UP_AT_ONCE }, (_, first) => warmUp(first)));
  const rounds: Float64Array[] = [];
  for (let round = 0; round < MEASURED_ROUNDS; round++) rounds.push(await latencies(question));
  const p99 = (ascending: Float64Array) => quantile(ascending, 0.99);
  const quickest = rounds.reduce((best, round) => (p99(round) < p99(best) ? round : best));
  const { backend } = await json<{ backend: string }>(server, fetch(`${server.url}/v1/models/${server.model}`, { signal: AbortSignal.timeout(10_000) }));
  return { goldenAnswered: golden.length, p50Milliseconds: quantile(quickest, 0.5), p99Milliseconds: p99(quickest), backend };
}

/** Milliseconds of one round of requests, ascending. */
async function latencies(question: (i: number) => Promise<unknown>): Promise<Float64Array> {
  const milliseconds = new Float64Array(MEASURED_REQUESTS);
  for (let i = 0; i < MEASURED_REQUESTS; i++) {
    const started = performance.now();
    await question(i);
    milliseconds[i] = performance.now() - started;
  }
  return milliseconds.sort();
}

async function ask(server: RunningServer, instance: Record<string, unknown>): Promise<unknown> {
  const body = JSON.stringify({ instances: [instance] });
  const headers = { 'content-type': 'application/json' };
  const url = `${server.url}/v1/models/${server.model}:predict`;
  const { predictions } = await json<{ predictions: unknown[] }>(server, fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(10_000) }));
  return predictions[0];
}

/** The answer's JSON; the server must be the one wanted. Throws ServerNotReady otherwise: the step is repeated and ensures it again. */
async function json<T>({ model, version, digest, url }: RunningServer, asked: Promise<Response>): Promise<T> {
  const where = `${model}@${version} at ${url}`;
  const response = await asked.catch((error: Error) => {
    throw new NightjarError('ServerNotReady', `${where}: ${error.message}.`, { cause: error });
  });
  if (!response.ok || response.headers.get('x-nightjar-digest') !== digest) throw new NightjarError('ServerNotReady', `${where}: HTTP ${response.status}.`);
  return (await response.json()) as T;
}
