import type { FastifyInstance } from 'fastify';
import { NightjarError } from '../contracts/errors.ts';
import type { Arm } from '../contracts/routes.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { askVersion, type Ask } from './ask.ts';
import { takeHome } from './events/home.ts';
import { acceptFeedback } from './feedback.ts';
import { openForwarder } from './forward.ts';
import { gatewayMetrics } from './gateway-metrics.ts';
import { bodyOf, instancesOf, jsonServer } from './http.ts';
import type { Log } from './log.ts';
import { predict, splitOf, type Served } from './predict.ts';
import { openServedModels, type ServedModels } from './served-models.ts';
import { versionStatus } from './version-status.ts';

export interface GatewayDeps {
  store: ObjectStore;
  home: string;
  /** How often the routes are read: a change of traffic is in force that much later. */
  pollMilliseconds: number;
  /** How long an arm may take before another answers for it. */
  armTimeoutMilliseconds: number;
  /** How long an event segment stays open. */
  segmentSeconds: number;
  now: () => number;
  log: Log;
}

/**
 * The one door for all models: splits units between the arms, fails over, logs exposures and rewards.
 * Close it to end the segments and let the home go. Throws HomeTaken.
 */
export async function openGateway(deps: GatewayDeps): Promise<FastifyInstance> {
  const home = await takeHome(deps.home);
  let models: ServedModels | null = null;
  const metrics = gatewayMetrics(() => models?.all() ?? []);
  models = await openServedModels({ ...deps, home, uploadFailed: metrics.uploadFailed });
  const { find, all, discover, rotate, close } = models;
  const forwarder = openForwarder();
  const ask: Ask = { forwarder, armTimeoutMilliseconds: deps.armTimeoutMilliseconds, waiting: 0 };
  const rotation = setInterval(rotate, deps.segmentSeconds * 1000);

  const app = jsonServer();
  app.addHook('onClose', async () => {
    clearInterval(rotation);
    await close();
    forwarder.close();
    await home.release();
  });

  app.post<{ Params: { model: string } }>('/v1/models/:model(^[^/:]+)::predict', async (request, reply) => {
    const { id, status, body, arms, versions } = await predict(ask, await find(request.params.model), bodyOf(request.body), metrics.watch);
    reply.header('x-nightjar-prediction', id).header('x-nightjar-arm', arms.join(',')).header('x-nightjar-version', versions.join(','));
    return reply.code(status).header('content-type', 'application/json').send(body);
  });

  /** A probe of one version: neither split nor logged, and nobody answers in its place. */
  app.post<{ Params: { model: string; version: string } }>('/v1/models/:model/versions/:version(^\\d+)::predict', async (request, reply) => {
    const { traffic } = await find(request.params.model);
    const body = bodyOf(request.body);
    instancesOf(body);
    const arm = armsOf(traffic.routes).find(({ version }) => version === Number(request.params.version));
    const answer = arm && (await askVersion(ask, traffic, arm, body.bytes));
    if (!answer || (answer.status !== 'ok' && answer.status !== 'bad-request'))
      throw new NightjarError('NoServer', `${traffic.model}@${request.params.version}.`);
    reply.header('x-nightjar-version', String(answer.version)).header('content-type', 'application/json');
    return reply.code(answer.status === 'ok' ? 200 : 400).send(answer.body);
  });

  app.post('/v1/feedback', async (request) => {
    const { accepted, perModel } = await acceptFeedback(bodyOf(request.body), async (model) => (await find(model)).events);
    metrics.rewarded(perModel);
    return { accepted };
  });

  app.get('/v1/models', async () => {
    await discover().catch((error: Error) => deps.log.warn({ error: error.message }, 'the store is away; these are the models known'));
    return { models: all().map(pageOf) };
  });
  app.get<{ Params: { model: string } }>('/v1/models/:model', async (request) => {
    const served = await find(request.params.model);
    const { signature } = served.traffic.description ?? {};
    const versions = armsOf(served.traffic.routes).map((arm) => versionStatus(arm.version, served.traffic.urlOf(arm) ? 'AVAILABLE' : 'LOADING'));
    return { model_version_status: versions, ...pageOf(served), signature: signature ?? null, example: signature?.example ?? null };
  });

  app.get('/v2/health/live', () => ({ live: true }));
  app.get('/v2/health/ready', () => ({ ready: true }));
  app.get('/metrics', async (_request, reply) => reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics()));
  return app;
}

const armsOf = (routes: { champion: Arm | null; challenger: Arm | null; warm: Arm | null } | null): Arm[] =>
  [routes?.champion, routes?.challenger, routes?.warm].filter((arm): arm is Arm => Boolean(arm));

function pageOf({ traffic }: Served) {
  const { routes } = traffic;
  return { model: traffic.model, percent: routes ? splitOf(routes).share * 100 : 0, routes };
}
