import type { GatePolicy } from '../../contracts/policy.ts';
import type { TrialReport } from '../../contracts/runs.ts';

/** What a real server showed to be over the budget of the policy, as sentences; empty when the version fits. */
export function overBudget(trial: TrialReport, policy: GatePolicy): string[] {
  const reasons: string[] = [];
  if (trial.bytes > policy.maxBundleBytes) reasons.push(`The bundle has ${trial.bytes} bytes, more than ${policy.maxBundleBytes}.`);
  if (!(trial.p99Milliseconds <= policy.maxP99Milliseconds))
    reasons.push(`The server answers in ${trial.p99Milliseconds.toFixed(1)} ms at p99, slower than ${policy.maxP99Milliseconds} ms.`);
  if (trial.goldenAnswered === 0) reasons.push('The server answered no golden query.');
  return reasons;
}
