import { cancelled, heartbeat, sleep } from '@temporalio/activity';
import type { Logger } from 'pino';
import { createEvaluateActivities } from '../../activities/evaluate.ts';
import { createObserveActivities } from '../../activities/observe.ts';
import { createPackageActivities } from '../../activities/package.ts';
import { createRefreshActivities } from '../../activities/refresh.ts';
import { createRegistryActivities } from '../../activities/registry.ts';
import { createReportActivities } from '../../activities/report.ts';
import { createRolloutActivities } from '../../activities/rollout.ts';
import { packagesInUse } from '../../adapters/packages-in-use.ts';
import { openStore } from '../../adapters/s3-store.ts';
import type { CpuActivities, TrainActivities } from '../../contracts/activities.ts';
import type { Settings } from '../../contracts/settings.ts';
import { definitionDigest, loadModel } from '../../models/load.ts';
import { trainActivities } from './gpu.ts';

/** Data, evaluation, registry, judge; and training when no gpu worker takes it. */
export function cpuActivities(settings: Settings, dist: string, log: Logger): CpuActivities & TrainActivities {
  const store = openStore(settings.NIGHTJAR_BUCKET);
  const now = () => new Date();
  return {
    ...createRegistryActivities({ store, loadModel, definitionDigest, now }),
    ...createRefreshActivities({ store, loadModel, settings, heartbeat, cancelled }),
    ...createEvaluateActivities({ store, loadModel, settings, heartbeat, cancelled }),
    ...createPackageActivities({ store, loadModel, packagesInUse, settings, heartbeat, cancelled, now }),
    ...createReportActivities({ store }),
    ...createRolloutActivities({ store, heartbeat, now: Date.now, sleep }),
    ...createObserveActivities({ store, loadModel, heartbeat, cancelled, now }),
    ...trainActivities(dist, log),
  };
}
