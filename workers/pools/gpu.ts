import { join } from 'node:path';
import type { Logger } from 'pino';
import { createTrainActivities } from '../../activities/train.ts';
import type { TrainActivities } from '../../contracts/activities.ts';

/** Training, in a child process beside this one. */
export const trainActivities = (dist: string, log: Logger): TrainActivities => createTrainActivities({ trainerPath: join(dist, 'workers/trainer.js'), log });
