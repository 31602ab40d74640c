import { end, processesWith } from '../../adapters/engines/processes.ts';
import { stackMarker, type StackFolder } from './folder.ts';

/** Variable in the environment of everything that a stack starts, directly or not. */
export const MARKER = 'NIGHTJAR_STACK';

/** Workers checkpoint within this time (workers/pools/activities.ts) before they are killed. */
export const WORKER_GRACE_MS = 65_000;
export const ENGINE_GRACE_MS = 15_000;

/** Processes of a stack, also those that its workers started and those that a killed supervisor left. */
export const stackProcesses = (folder: StackFolder) => processesWith(MARKER, stackMarker(folder));

/** Ends them, first who works and then where the state lives; the pids in `butNot` stay. Returns how many there were. */
export async function endLeftovers(folder: StackFolder, butNot: number[] = []): Promise<number> {
  const left = stackProcesses(folder).filter(({ pid }) => !butNot.includes(pid));
  const isEngine = ({ command }: { command: string }) => /\bserver start-dev\b|\bweed mini\b/.test(command);
  await Promise.all(left.filter((each) => !isEngine(each)).map((each) => end(each, WORKER_GRACE_MS)));
  await Promise.all(left.filter(isEngine).map((each) => end(each, ENGINE_GRACE_MS)));
  return left.length;
}

/** For a second Ctrl-C. State survives it (design: section 9.1). */
export function killAll(folder: StackFolder): void {
  for (const { pid } of stackProcesses(folder)) process.kill(pid, 'SIGKILL');
}
