/** The one table of task queues: pools by resource and by rights (design: section 7). A name changed here strands what waits in the old queue. */
export const TASK_QUEUES = {
  orchestrator: 'nightjar-orchestrator',
  cpu: 'nightjar-cpu',
  gpu: 'nightjar-gpu',
  deploy: 'nightjar-deploy',
} as const;
export type Pool = keyof typeof TASK_QUEUES;
export const POOLS = Object.keys(TASK_QUEUES) as Pool[];
