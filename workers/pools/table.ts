import type { Logger } from 'pino';
import type { Settings } from '../../contracts/settings.ts';
import type { Pool } from '../../contracts/task-queues.ts';

export interface PoolActivities {
  activities: object;
  stop: () => Promise<void>;
}

const nothingToStop = async (): Promise<void> => undefined;

/** Which pool runs which activities. Loaded on demand: a deploy worker carries no TensorFlow, an orchestrator nothing at all. */
export async function activitiesOf(pool: Exclude<Pool, 'orchestrator'>, settings: Settings, dist: string, log: Logger): Promise<PoolActivities> {
  if (pool === 'cpu') return { activities: (await import('./cpu.ts')).cpuActivities(settings, dist, log), stop: nothingToStop };
  if (pool === 'gpu') return { activities: (await import('./gpu.ts')).trainActivities(dist, log), stop: nothingToStop };
  return (await import('./deploy.ts')).deployActivities(settings, dist, log);
}
