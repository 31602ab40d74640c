import { readJson, updateJson } from '../adapters/objects.ts';
import { readBundle } from '../adapters/bundles.ts';
import { crashPoint } from '../adapters/crash-points.ts';
import { announce, withdraw } from '../adapters/endpoints.ts';
import type { DeployTarget, RunningServer } from '../adapters/deploy-target/target.ts';
import type { DeployActivities } from '../contracts/activities.ts';
import type { GoldenQuery } from '../contracts/bundle.ts';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import type { Routes } from '../contracts/routes.ts';
import type { TrialReport } from '../contracts/runs.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { quantile } from '../domain/gate/bootstrap.ts';
import { claim, nextRoutes } from '../domain/routes.ts';
import { samePrediction } from '../domain/same-prediction.ts';
import { beating } from './beating.ts';

export interface DeployDeps {
  store: ObjectStore;
  target: DeployTarget;
  /** Called every few seconds while a server starts or stops. */
  heartbeat: () => void;
  now: () => Date;
}

/** Requests from which a server's latency is told. */
const MEASURED_REQUESTS = 200;
/**
 * Requests before those. A process that has just started answers several times more slowly until its code is compiled: a challenger that
 * met its first users like that would be found slower than a champion that is warm.
 */
const WARM_UP_REQUESTS = 2000;
const WARM_UP_MILLISECONDS = 4000;

/** Servers and traffic. Each is absolute and safe to repeat; changes of traffic are fenced (domain/routes.ts). */
export function createDeployActivities({ store, target, heartbeat, now }: DeployDeps): DeployActivities {
  return {
    ensureServer: (wanted) =>
      beating(heartbeat, async () => {
        const { manifest, files } = await readBundle(store, wanted.digest);
        const golden = JSON.parse(files['golden.json']!.toString('utf8')) as GoldenQuery[];
        const server = await target.ensure(wanted);
        const report = await tryOut(server, golden);
        await announce(store, server); // only now: gateways use what is announced
        return { ...report, digest: wanted.digest, bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0) };
      }),

    retireServers: ({ model, versions }) =>
      beating(heartbeat, async () => {
        const routes = await readJson<Routes>(store, keys.routes(model));
        const serving = [routes?.champion?.version, routes?.challenger?.version];
        const retired = versions.filter((version) => !serving.includes(version));
        await withdraw(store, model, retired); // first, so that no gateway asks a server that is going
        for (const version of retired) await target.retire(model, version);
        return { retired };
      }),

    async claimRoutes({ model, owner }) {
      return (await updateJson<Routes>(store, keys.routes(model), (current) => claim(current, model, owner, now().toISOString())))!;
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
  for (let i = 0; i < WARM_UP_REQUESTS && performance.now() < warm; i++) await question(i);
  const milliseconds: number[] = [];
  for (let i = 0; i < MEASURED_REQUESTS; i++) {
    const started = performance.now();
    await question(i);
    milliseconds.push(performance.now() - started);
  }
  const ascending = Float64Array.from(milliseconds).sort();
  const { backend } = await json<{ backend: string }>(server, fetch(`${server.url}/v1/models/${server.model}`, { signal: AbortSignal.timeout(10_000) }));
  return { goldenAnswered: golden.length, p50Milliseconds: quantile(ascending, 0.5), p99Milliseconds: quantile(ascending, 0.99), backend };
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
