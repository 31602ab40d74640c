import { setTimeout as sleep } from 'node:timers/promises';
import type { ArmName } from '../../contracts/events.ts';
import { found, type Visitor } from './shoppers.ts';

export interface ShopInput {
  gateway: string;
  model: string;
  /** The n-th visitor. */
  draw: (n: number) => Visitor;
}

/** What the shop itself has seen so far. */
export interface ShopTally {
  visits: Record<ArmName, number>;
  hits: Record<ArmName, number>;
  /** Visitors who saw an error. */
  failed: number;
  lastFailure: string | null;
}

export interface Shop {
  readonly tally: ShopTally;
  /** Visitors a second from now on, at most. */
  setPace: (perSecond: number) => void;
  /** Resolves when the last visitor has left. */
  close: () => Promise<void>;
}

/** Visitors at the same time. Few: each waits for an answer, as people do, and a queue before the gateway would be measured as its slowness. */
const VISITORS_AT_ONCE = 12;
const ANSWER_MS = 10_000;

/** Opens the doors: visitors ask the gateway for recommendations, over HTTP, and tell it when they took one of them. */
export function openShop({ gateway, model, draw }: ShopInput, perSecond: number): Shop {
  const tally: ShopTally = { visits: { champion: 0, challenger: 0 }, hits: { champion: 0, challenger: 0 }, failed: 0, lastFailure: null };
  let open = true;
  let pace = perSecond;
  let next = 0;
  let turn = performance.now();

  const untilMyTurn = async () => {
    turn = Math.max(turn + 1000 / pace, performance.now() - 1000); // who comes late is not made up for by a crowd
    await sleep(Math.max(0, turn - performance.now()));
  };
  const visitors = async () => {
    for (await untilMyTurn(); open; await untilMyTurn()) {
      try {
        const { arm, hit } = await visit(gateway, model, draw(next++));
        tally.visits[arm] += 1;
        if (hit) tally.hits[arm] += 1;
      } catch (error) {
        tally.failed += 1;
        tally.lastFailure = (error as Error).message;
      }
    }
  };
  const all = Promise.all(Array.from({ length: VISITORS_AT_ONCE }, visitors));
  return {
    tally,
    setPace: (to) => {
      pace = to;
      turn = performance.now();
    },
    close: async () => {
      open = false;
      await all;
    },
  };
}

async function visit(gateway: string, model: string, visitor: Visitor): Promise<{ arm: ArmName; hit: boolean }> {
  const { unit, history } = visitor;
  const answer = await post(`${gateway}/v1/models/${model}:predict`, { instances: [{ user: unit, history }] });
  const { predictions } = (await answer.json()) as { predictions: [{ items: string[] }] };
  const hit = found(visitor, predictions[0].items);
  if (hit) await (await post(`${gateway}/v1/feedback`, { model, unit, id: answer.headers.get('x-nightjar-prediction'), name: 'hit', value: 1 })).text();
  return { arm: answer.headers.get('x-nightjar-arm') as ArmName, hit };
}

async function post(url: string, body: unknown): Promise<Response> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer;
}
