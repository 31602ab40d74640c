import type { WantedServer } from './target.ts';

/** Asks what listens at a port whether it is this very server. Null for nothing, something else, and another version. */
export async function probe({ model, version, digest, port }: WantedServer & { port: number }): Promise<{ pid: number; ready: boolean } | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/models/${model}`, { signal: AbortSignal.timeout(2000) });
    const status = (await response.json()) as { version: number; digest: string; pid: number; model_version_status: { state: string }[] };
    if (status.version !== version || status.digest !== digest) return null;
    return { pid: status.pid, ready: status.model_version_status[0]?.state === 'AVAILABLE' };
  } catch {
    return null;
  }
}
