import type { Logger } from 'pino';
import type { Settings } from '../../contracts/settings.ts';
import type { Pool } from '../../contracts/task-queues.ts';

export interface PoolActivities {
  activities: object;
  close: () => Promise<void>;
}

/** Which pool runs which activities, with what they need. Loaded on demand: a deploy worker carries no TensorFlow. */
export async function activitiesOf(pool: Exclude<Pool, 'orchestrator'>, settings: Settings, log: Logger): Promise<PoolActivities> {
  if (pool === 'cpu') return (await import('./cpu.ts')).cpuActivities(settings, log);
  if (pool === 'gpu') return (await import('./gpu.ts')).gpuActivities(settings, log);
  return (await import('./deploy.ts')).deployActivities(settings, log);
}
