import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';

/** Name of the worker deployment whose versions are the builds of the workflows. */
export const DEPLOYMENT = 'nightjar';

const GRPC_NOT_FOUND = 5;
const STATUS_DRAINED = 4;
const STATUS_INACTIVE = 1;

/** Build ids that may have open runs: every version that once was current and is not yet drained. */
export async function openBuilds(client: Client, namespace: string): Promise<string[]> {
  const described = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT }).catch((error: { code?: number }) => {
    if (error.code === GRPC_NOT_FOUND) return null; // the first start ever
    throw error;
  });
  const versions = described?.workerDeploymentInfo?.versionSummaries ?? [];
  return versions
    .filter(({ status }) => status !== STATUS_DRAINED && status !== STATUS_INACTIVE)
    .map(({ deploymentVersion }) => deploymentVersion?.buildId ?? '')
    .filter(Boolean);
}

/** Sends new runs to this build; the server knows it only after its first poll, so this asks until it does. */
export async function makeCurrent(client: Client, namespace: string, buildId: string, log: Logger): Promise<void> {
  for (;;) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName: DEPLOYMENT, buildId, identity: 'nightjar-orchestrator' });
      log.info({ buildId }, 'new runs go to this build');
      return;
    } catch (error) {
      log.debug({ error: (error as Error).message }, 'the server does not know this build yet');
      await sleep(200);
    }
  }
}
