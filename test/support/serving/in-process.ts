import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { ObjectStore } from '../../../contracts/store.ts';
import { announce } from '../../../adapters/endpoints.ts';
import { openGateway, type GatewayDeps } from '../../../serving/gateway.ts';
import { modelServer } from '../../../serving/model-server.ts';
import { openBundle } from '../../../serving/open-bundle.ts';
import { putTinyBundle } from './tiny-bundle.ts';
import { tinyModel, type TinyWeights } from './tiny-model.ts';

export const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined } as never as GatewayDeps['log'];

/** A gateway and model servers in this process, over any store. */
export function servingWorld(store: ObjectStore) {
  const home = mkdtempSync(join(tmpdir(), 'nightjar-serving-'));
  const open = new Set<FastifyInstance>();
  return {
    home,
    /** Starts a server and tells the gateways. */
    async server(version: number, weights: Partial<TinyWeights> = {}) {
      const digest = await putTinyBundle(store, weights);
      const server = modelServer({ model: 'tiny', version, digest });
      server.serve(await openBundle(store, digest, tinyModel()));
      const url = await server.app.listen({ port: 0, host: '127.0.0.1' });
      open.add(server.app);
      await announce(store, { model: 'tiny', version, digest, url });
      return { arm: { version, digest }, url, app: server.app };
    },
    async gateway(deps: Partial<GatewayDeps> = {}) {
      const app = await openGateway({
        store,
        home,
        pollMilliseconds: 10,
        armTimeoutMilliseconds: 200,
        segmentSeconds: 3600,
        now: Date.now,
        log: silent,
        ...deps,
      });
      open.add(app);
      return app;
    },
    async end() {
      for (const app of open) await app.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export const predictWith = (app: FastifyInstance, ...instances: Record<string, unknown>[]) =>
  app.inject({ method: 'POST', url: '/v1/models/tiny:predict', payload: JSON.stringify({ instances }) });
export const feedbackTo = (app: FastifyInstance, payload: unknown) => app.inject({ method: 'POST', url: '/v1/feedback', payload: JSON.stringify(payload) });
