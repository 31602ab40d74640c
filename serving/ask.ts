import { setTimeout as sleep } from 'node:timers/promises';
import type { Exposure } from '../contracts/events.ts';
import type { Arm, Routes } from '../contracts/routes.ts';
import { NoAnswer, type Forwarder } from './forward.ts';
import type { Traffic } from './traffic.ts';

/** What a version made of a request. A request that the model refuses is the caller's matter, not a failure of the server. */
export interface Reply {
  status: Exposure['status'] | 'bad-request';
  version: number;
  milliseconds: number;
  /** JSON; empty without an answer. */
  body: Buffer;
}

export interface Ask {
  forwarder: Forwarder;
  armTimeoutMilliseconds: number;
  /** Users who wait for a server now. */
  waiting: number;
}

/** Asks the server of one version, whatever it makes of it. A server that reports another digest is not used. */
export async function askVersion({ forwarder, armTimeoutMilliseconds }: Ask, traffic: Traffic, arm: Arm, body: Buffer): Promise<Reply> {
  const url = traffic.urlOf(arm);
  const none = { version: arm.version, body: Buffer.alloc(0) };
  if (!url) return { ...none, status: 'error', milliseconds: 0 };
  try {
    const answer = await forwarder.post(`${url}/v1/models/${traffic.model}:predict`, body, armTimeoutMilliseconds);
    const { milliseconds } = answer;
    if (answer.digest !== arm.digest) return { ...none, status: 'error', milliseconds };
    if (answer.status === 200) return { version: arm.version, status: 'ok', milliseconds, body: answer.body };
    const refused = answer.status >= 400 && answer.status < 500;
    return { version: arm.version, status: refused ? 'bad-request' : 'error', milliseconds, body: answer.body };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { ...none, status: error.status, milliseconds: error.milliseconds };
  }
}

/** How long a user waits for a champion that is being started again, rather than see an error. */
const WAIT_MILLISECONDS = 8000;
const AGAIN_MILLISECONDS = 100;
/** Above this many waiting users the gateway answers at once that there is no server. */
const MAX_WAITING = 500;

/**
 * An answer that keeps the user from seeing an error: the champion's, else the warm version's, else whichever comes back first.
 * A `bad-request` is final: the champion decides what fits the model. Null when nobody answers in time.
 */
export async function askChampion(ask: Ask, traffic: Traffic, body: Buffer, first?: Reply): Promise<Reply | null> {
  const answered = (reply: Reply) => reply.status === 'ok' || reply.status === 'bad-request';
  const round = async ({ champion, warm }: Routes) => {
    for (const arm of [champion, warm]) {
      if (!arm || (first && arm === champion)) continue; // asked already
      const reply = await askVersion(ask, traffic, arm, body);
      if (answered(reply)) return reply;
    }
    return null;
  };
  const found = traffic.routes && (await round(traffic.routes));
  if (found || ask.waiting >= MAX_WAITING) return found;
  first = undefined;
  ask.waiting++;
  try {
    for (const until = performance.now() + WAIT_MILLISECONDS; performance.now() < until;) {
      await sleep(AGAIN_MILLISECONDS);
      const again = traffic.routes && (await round(traffic.routes)); // read anew: a server that starts again may have moved
      if (again) return again;
    }
    return null;
  } finally {
    ask.waiting--;
  }
}
