import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';

/** Name of the worker deployment whose versions are the builds of the workflows. */
export const DEPLOYMENT = 'nightjar';

const GRPC_NOT_FOUND = 5;
const GRPC_FAILED_PRECONDITION = 9;
const MAKE_CURRENT_MILLISECONDS = 60_000;

/** Numbers of temporal.api.enums.v1.WorkerDeploymentVersionStatus that mean "no open run is pinned to it"; DRAINING, 4, still has some. */
const WITHOUT_RUNS: readonly unknown[] = [/* INACTIVE */ 1, /* DRAINED */ 5, /* CREATED */ 6];

/** Build ids that may have open runs: every version that once was current and is not yet drained. */
export async function openBuilds(client: Client, namespace: string): Promise<string[]> {
  const described = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT }).catch((error: { code?: number }) => {
    if (error.code === GRPC_NOT_FOUND) return null; // the first start ever
    throw error;
  });
  const versions = described?.workerDeploymentInfo?.versionSummaries ?? [];
  return versions
    .filter(({ status }) => !WITHOUT_RUNS.includes(status))
    .map(({ deploymentVersion }) => deploymentVersion?.buildId ?? '')
    .filter(Boolean);
}

/**
 * Sends new runs to this build. The server knows a build only after its first poll, so this asks until it does. Any other refusal, say a missing
 * right, is thrown: new runs would silently go on with older code.
 */
export async function makeCurrent(client: Client, namespace: string, buildId: string, log: Logger): Promise<void> {
  for (const until = Date.now() + MAKE_CURRENT_MILLISECONDS; ; await sleep(200)) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName: DEPLOYMENT, buildId, identity: 'nightjar-orchestrator' });
      log.info({ buildId }, 'new runs go to this build');
      return;
    } catch (error) {
      const { code = 0, message } = error as { code?: number; message: string };
      const notYetKnown = [GRPC_NOT_FOUND, GRPC_FAILED_PRECONDITION].includes(code);
      if (!notYetKnown || Date.now() > until) throw error;
      log.debug({ error: message }, 'the server does not know this build yet');
    }
  }
}
