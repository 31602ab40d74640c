import { Agent, request, type ClientRequest } from 'node:http';

export interface Answer {
  status: number;
  body: Buffer;
  /** Digest that the server says it serves. */
  digest: string | undefined;
  milliseconds: number;
}

/** No whole answer came: `timeout` when the time was over, `error` for everything else. */
export class NoAnswer extends Error {
  constructor(
    readonly status: 'error' | 'timeout',
    readonly milliseconds: number,
  ) {
    super(status);
  }
}

export interface Forwarder {
  /** Posts a JSON body. Throws NoAnswer. */
  post(url: string, body: Buffer, timeoutMilliseconds: number): Promise<Answer>;
  close(): void;
}

/** Requests to the model servers over connections that stay open: opening one costs more than the answer. */
export function openForwarder(): Forwarder {
  const agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'lifo' });

  async function post(url: string, body: Buffer, timeoutMilliseconds: number): Promise<Answer> {
    const started = performance.now();
    const left = () => timeoutMilliseconds - (performance.now() - started);
    for (let attempt = 0; ; attempt++) {
      try {
        return await send(agent, url, body, left(), started);
      } catch (error) {
        const { timedOut, idleSocket } = error as SendFailure;
        // The server may close an idle connection in the moment in which it is used again: that says nothing about the server.
        if (!idleSocket || timedOut || attempt === 2) throw new NoAnswer(timedOut ? 'timeout' : 'error', performance.now() - started);
      }
    }
  }
  return { post, close: () => agent.destroy() };
}

interface SendFailure {
  timedOut: boolean;
  idleSocket: boolean;
}

function send(agent: Agent, url: string, body: Buffer, timeoutMilliseconds: number, started: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const asked: ClientRequest = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        const digest = response.headers['x-nightjar-digest'] as string | undefined;
        resolve({ status: response.statusCode!, body: Buffer.concat(chunks), digest, milliseconds: performance.now() - started });
      });
    });
    const timer = setTimeout(
      () => {
        timedOut = true;
        asked.destroy();
      },
      Math.max(1, timeoutMilliseconds),
    );
    const fail = () => {
      clearTimeout(timer);
      reject({ timedOut, idleSocket: asked.reusedSocket } satisfies SendFailure);
    };
    asked.on('error', fail);
    asked.end(body);
  });
}
