import { join } from 'node:path';
import { cancelled, heartbeat } from '@temporalio/activity';
import type { Logger } from 'pino';
import { createDeployActivities } from '../../activities/deploy.ts';
import { processTarget } from '../../adapters/deploy-target/process.ts';
import { startReconciler } from '../../adapters/deploy-target/reconciler.ts';
import { openStore } from '../../adapters/s3-store.ts';
import type { DeployActivities } from '../../contracts/activities.ts';
import type { Settings } from '../../contracts/settings.ts';

/** A bundle is read, warmed up and questioned in seconds; below the five minutes that the activity has (workflows/proxies.ts). */
const READY_SECONDS = 120;

/** Servers and traffic; between activities this process starts again what died. */
export function deployActivities(settings: Settings, dist: string, log: Logger): { activities: DeployActivities; stop: () => Promise<void> } {
  const store = openStore(settings.NIGHTJAR_BUCKET);
  const target = processTarget({
    home: settings.NIGHTJAR_HOME,
    program: join(dist, 'serving/model-server-main.js'),
    environment: process.env,
    readySeconds: READY_SECONDS,
    log,
  });
  const { stop } = startReconciler({ target, store, log });
  return { activities: createDeployActivities({ store, target, heartbeat, cancelled, now: () => new Date() }), stop };
}
