import type { FastifyInstance } from 'fastify';
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { NightjarError } from '../contracts/errors.ts';
import { isFinitePrediction } from '../domain/same-prediction.ts';
import { batchPerTick, type PredictMany } from './batcher.ts';
import { bodyOf, instancesOf, jsonServer } from './http.ts';
import type { OpenBundle } from './open-bundle.ts';
import { versionStatus } from './version-status.ts';

export interface ServedVersion {
  model: string;
  version: number;
  digest: string;
}

export interface ModelServer {
  app: FastifyInstance;
  /** From now on it is ready and answers. */
  serve(bundle: OpenBundle): void;
}

/** A server of one version. It listens before its bundle is open, so that whoever waits for it can see that it is loading. */
export function modelServer({ model, version, digest }: ServedVersion): ModelServer {
  const metrics = serverMetrics();
  let open: (OpenBundle & { batched: PredictMany }) | null = null;
  const app = jsonServer();
  // Whoever asks checks this: a port may belong to another version by now.
  app.addHook('onSend', async (_request, reply) => void reply.header('x-nightjar-digest', digest));
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.url?.endsWith('predict')) metrics.seconds.observe({ model, version, code: reply.statusCode }, reply.elapsedTime / 1000);
  });

  async function predict(body: unknown): Promise<{ predictions: unknown[] }> {
    const instances = instancesOf(bodyOf(body));
    if (!open) throw new NightjarError('NoServer', `${model}@${version} is loading.`);
    instances.forEach(open.check);
    const predictions = await open.batched(instances);
    const wrong = predictions.findIndex((prediction) => !isFinitePrediction(prediction));
    if (wrong >= 0) throw new NightjarError('InvalidRequest', `instances[${wrong}]: gives no finite prediction; its numbers are too large.`);
    return { predictions };
  }

  app.post(`/v1/models/${model}::predict`, (request) => predict(request.body));
  app.post(`/v1/models/${model}/versions/${version}::predict`, (request) => predict(request.body));
  app.get(`/v1/models/${model}`, () => ({
    model_version_status: [versionStatus(version, open ? 'AVAILABLE' : 'LOADING')],
    model,
    version,
    digest,
    pid: process.pid,
    backend: open?.predictor.backend ?? null,
    signature: open?.predictor.signature ?? null,
    example: open?.predictor.signature.example ?? null,
  }));
  app.get('/v2/health/live', () => ({ live: true }));
  app.get('/v2/health/ready', (_request, reply) => reply.code(open ? 200 : 503).send({ ready: open !== null }));
  app.get('/metrics', async (_request, reply) => reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics()));
  app.addHook('onClose', async () => open?.predictor.dispose());

  return {
    app,
    serve(bundle) {
      const batched = batchPerTick(
        (instances) => bundle.predictor.predict(instances),
        (rows) => metrics.batch.observe({ model, version }, rows),
      );
      open = { ...bundle, batched };
      metrics.info.set({ model, version, digest, backend: bundle.predictor.backend }, 1);
    },
  };
}

function serverMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const labels = ['model', 'version'];
  const info = new Gauge({ name: 'nightjar_server_info', help: 'What is served.', labelNames: [...labels, 'digest', 'backend'], registers });
  const seconds = new Histogram({
    name: 'nightjar_predict_seconds',
    help: 'Time to answer a predict request.',
    labelNames: [...labels, 'code'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  });
  const batch = new Histogram({
    name: 'nightjar_batch_instances',
    help: 'Instances put through the network together.',
    labelNames: labels,
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    registers,
  });
  return { registry, info, seconds, batch };
}
