import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../adapters/package-root.ts';

const PACKAGES = ['gbstats==0.8.0', 'scipy==1.17.1', 'numpy==1.26.4', 'pandas==1.5.3'];
const SCRIPTS = join(packageRoot(), 'bench', 'judge');

export const RULES = ['growthbook', 'flagger', 'argo', 'kayenta'] as const;
export type Rule = (typeof RULES)[number];

/** Look at which each rule rolls back, counting from 0; −1 when it never does. */
export type PeerAlarms = Record<Rule, number> & { cell: string; number: number };

/** A Python of its own with the peers in it; made once. */
export async function peerPython(folder: string): Promise<string> {
  const python = join(folder, 'venv', 'bin', 'python');
  await mkdir(folder, { recursive: true });
  if (!existsSync(python)) await promisify(execFile)('python3', ['-m', 'venv', join(folder, 'venv')]);
  await promisify(execFile)(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES]);
  return python;
}

/** Runs the peers on a file of streams, one process per core. */
export async function peerAlarms(python: string, streams: string): Promise<PeerAlarms[]> {
  const parts = cpus().length;
  const outputs = await Promise.all(Array.from({ length: parts }, (_, part) => runScript(python, 'peers.py', [streams, String(part), String(parts)])));
  return outputs.flatMap((output) => output.split('\n').filter(Boolean)).map((line) => JSON.parse(line) as PeerAlarms);
}

export interface EvidenceCase {
  good: boolean;
  marginOdds: number;
  strata: readonly (readonly number[])[];
}

/** log E of the cases by scipy (log_e.py). */
export async function scipyEvidence(python: string, cases: EvidenceCase[]): Promise<{ logHarm: number; logSafe: number; logSuperior: number }[]> {
  return JSON.parse(await runScript(python, 'log_e.py', [], JSON.stringify(cases))) as { logHarm: number; logSafe: number; logSuperior: number }[];
}

async function runScript(python: string, script: string, parameters: string[], input = ''): Promise<string> {
  // One thread per process: the parts already use all cores.
  const environment = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
  const running = promisify(execFile)(python, [join(SCRIPTS, script), ...parameters], { maxBuffer: 1 << 28, env: environment });
  running.child.stdin!.end(input);
  return (await running).stdout;
}
