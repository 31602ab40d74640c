import { execFileSync } from 'node:child_process';

export const LOOPBACK = '0100007F';

/** Addresses at which a process listens, as the kernel's own table has them (hexadecimal). */
export function listeningAddresses(pid: number): string[] {
  const descriptors = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
  const inodes = new Set([...descriptors.matchAll(/socket:\[(\d+)\]/g)].map(([, inode]) => inode));
  const tables = ['tcp', 'tcp6'].map((name) => execFileSync('cat', [`/proc/${pid}/net/${name}`], { encoding: 'utf8' })).join('\n');
  const LISTEN = '0A';
  return tables
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && inodes.has(fields[9]))
    .map((fields) => fields[1]!.split(':')[0]!);
}
