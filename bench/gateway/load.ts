import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../contracts/bundle.ts';

export interface LoadResult {
  /** From the moment a request was due until its answer was there, whole; milliseconds, ascending. */
  milliseconds: Float64Array;
  failed: number;
}

/**
 * Open-loop load: requests are due at a fixed rate whether or not earlier ones were answered, and time counts from when a request was due,
 * so that a slow server cannot hide behind a client that waits for it.
 */
export async function openLoop(url: string, instances: Instance[], perSecond: number, seconds: number): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const bodies = instances.map((instance) => JSON.stringify({ instances: [instance] }));
  const total = perSecond * seconds;
  const milliseconds = new Float64Array(total);
  const answers: Promise<boolean>[] = [];
  const started = performance.now();
  for (let sent = 0; sent < total; await sleep(1)) {
    for (; sent < total && started + (sent * 1000) / perSecond <= performance.now(); sent++) {
      const index = sent;
      const due = started + (index * 1000) / perSecond;
      const answered = post(agent, url, bodies[index % bodies.length]!).then(({ status }) => {
        milliseconds[index] = performance.now() - due;
        return status === 200;
      });
      answers.push(answered.catch(() => false));
    }
  }
  const succeeded = (await Promise.all(answers)).filter(Boolean).length;
  agent.destroy();
  return { milliseconds: milliseconds.sort(), failed: total - succeeded };
}

/** One JSON request; resolves when the answer is there, whole. */
export function post(agent: Agent, url: string, body: string): Promise<{ status: number; version: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode!, version: response.headers['x-nightjar-version'] as string | undefined }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
