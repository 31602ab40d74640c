import type { GatePolicy } from '../../contracts/policy.ts';
import type { TrialReport } from '../../contracts/runs.ts';

/** Why a bundle may not serve, one sentence per budget that it breaks when tried in a real server; empty when it keeps them all. */
export function overBudget(trial: TrialReport, policy: GatePolicy): string[] {
  const reasons: string[] = [];
  if (!(trial.bytes <= policy.maxBundleBytes)) reasons.push(`The bundle has ${trial.bytes} bytes; the budget is ${policy.maxBundleBytes}.`);
  if (!(trial.p99Milliseconds <= policy.maxP99Milliseconds))
    reasons.push(`The server answers in ${trial.p99Milliseconds.toFixed(1)} ms at p99 on ${trial.backend}; the budget is ${policy.maxP99Milliseconds} ms.`);
  return reasons;
}
