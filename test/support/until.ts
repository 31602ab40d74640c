import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until it holds. Throws after so many seconds: only for what another process does in its own time. */
export async function until(holds: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not hold within ${seconds} s: ${holds.toString()}`);
    await sleep(50);
  }
}
