import { readFileSync } from 'node:fs';

/** A process's share of the memory in MB (pages that several processes map are divided among them), or null when it has ended. */
export function megabytesOf(pid: number): number | null {
  try {
    return Math.round(Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024);
  } catch {
    return null;
  }
}
