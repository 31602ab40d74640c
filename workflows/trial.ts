import { sleep } from '@temporalio/workflow';
import type { RunPlan, VersionRecord } from '../contracts/runs.ts';
import { overBudget } from '../domain/gate/budget.ts';
import { failed, rootMessage } from './failures.ts';
import { trial } from './proxies.ts';

const TRIALS = 5;

/**
 * Why the version cannot serve, told by a real server that starts, answers the golden queries and is measured; null when it can.
 * A server that does not start is tried again a few times: the machine may be at fault. For ever would keep the model from its next night.
 */
export async function whyUnfit(version: VersionRecord, plan: RunPlan): Promise<string | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return overBudget(await trial('try the bundle in a real server')(version), plan.policy.gate).join(' ') || null;
    } catch (error) {
      if (failed(error, 'BundleRefused')) return rootMessage(error);
      if (!failed(error, 'ServerNotReady')) throw error;
      if (attempt === TRIALS) return rootMessage(error);
      await sleep('10 seconds', { summary: `try the server of ${version.model}@${version.version} again` });
    }
  }
}
