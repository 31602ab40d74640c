import { fastify, type FastifyInstance } from 'fastify';
import { failureType, NightjarError, type FailureType } from '../contracts/errors.ts';

/** A parsed body with the bytes it came in, so that it can be passed on as it is. */
export interface JsonBody {
  value: unknown;
  bytes: Buffer;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
const STATUS: Partial<Record<FailureType, number>> = { InvalidRequest: 400, UnknownModel: 404, NoServer: 503, EventsUnwritable: 503, StoreUnreachable: 503 };

/** A fastify server that takes JSON whatever the content type says (as TensorFlow Serving does) and answers failures as `{"error": …}`. */
export function jsonServer(): FastifyInstance {
  // Keep-alive above any client's: a server that closes an idle connection first makes a request on it fail.
  const app = fastify({ bodyLimit: BODY_LIMIT_BYTES, keepAliveTimeout: 120_000, forceCloseConnections: 'idle' });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      done(null, { bytes, value: JSON.parse(bytes.toString()) });
    } catch (error) {
      done(new NightjarError('InvalidRequest', `body: not JSON: ${(error as Error).message}.`), undefined);
    }
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const type = failureType(error);
    const status = (type && STATUS[type]) ?? error.statusCode ?? 500;
    if (status === 503) reply.header('retry-after', '1');
    return reply.code(status).send({ error: error.message, type });
  });
  app.setNotFoundHandler((request, reply) => reply.code(404).send({ error: `There is nothing at ${request.method} ${request.url}.` }));
  return app;
}

/** The body of a request that must have one. */
export function bodyOf(body: unknown): JsonBody {
  if (body === undefined || body === null) throw new NightjarError('InvalidRequest', 'body: is missing.');
  return body as JsonBody;
}

const MAX_INSTANCES = 1000;

/** The `instances` of a predict request. Throws InvalidRequest naming the field. */
export function instancesOf({ value }: JsonBody): Record<string, unknown>[] {
  const { instances } = isObject(value) ? value : {};
  if (!Array.isArray(instances)) throw new NightjarError('InvalidRequest', 'instances: must be an array.');
  if (instances.length === 0 || instances.length > MAX_INSTANCES)
    throw new NightjarError('InvalidRequest', `instances: 1 to ${MAX_INSTANCES}, not ${instances.length}.`);
  const wrong = instances.findIndex((instance) => !isObject(instance));
  if (wrong >= 0) throw new NightjarError('InvalidRequest', `instances[${wrong}]: must be an object.`);
  return instances as Record<string, unknown>[];
}

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
