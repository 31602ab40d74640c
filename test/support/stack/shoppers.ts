import { setTimeout as sleep } from 'node:timers/promises';
import { feedback, predict } from './nights.ts';
import type { StackForTests } from './stack.ts';

export interface Shoppers {
  /** Units whose reward the gateway acknowledged. */
  readonly rewarded: readonly string[];
  /** Versions that answered, and how often. */
  readonly answers: ReadonlyMap<number, number>;
  /** Whoever is in the shop finishes. */
  leave(): Promise<void>;
}

const AT_ONCE = 6;
/** Between two visits: a crowd that never pauses would take the processors from what it is to watch. */
const PAUSE_MS = 60;

/**
 * People who each come once, ask, and take what is shown when `takes` says so. Whoever finds the gateway closed goes away.
 * @param name distinguishes these people from all others
 */
export function openShop(stack: StackForTests, model: string, name: string, takes: (version: number, nth: number) => boolean): Shoppers {
  const rewarded: string[] = [];
  const answers = new Map<number, number>();
  let open = true;
  let next = 0;

  async function visit(nth: number): Promise<void> {
    const unit = `${name}-${nth}`;
    const answer = await predict(stack, model, unit);
    await answer.arrayBuffer();
    if (!answer.ok) return;
    const version = Number(answer.headers.get('x-nightjar-version'));
    answers.set(version, (answers.get(version) ?? 0) + 1);
    if (takes(version, nth) && (await feedback(stack, model, unit)).ok) rewarded.push(unit);
  }
  const all = Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (; open; await sleep(PAUSE_MS)) await visit(next++).catch(() => undefined);
    }),
  );
  return {
    rewarded,
    answers,
    async leave() {
      open = false;
      await all;
    },
  };
}
