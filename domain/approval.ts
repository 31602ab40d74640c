import type { Decision } from '../contracts/messages.ts';
import type { Policy } from '../contracts/policy.ts';
import type { GateVerdict } from '../contracts/runs.ts';

/** Whether a person is asked before this version may take traffic. An inconclusive gate that gets here was sent by a policy that says `ask`. */
export function needsApproval(verdict: GateVerdict, when: Policy['approval']['when']): boolean {
  if (verdict === 'inconclusive' || when === 'always') return true;
  if (verdict === 'first-version') return when === 'first-version' || when === 'first-version-and-suspicious';
  if (verdict === 'suspicious') return when === 'suspicious' || when === 'first-version-and-suspicious';
  return false;
}

/** Whether the gate lets the version go on at all. */
export function gateLetsThrough(verdict: GateVerdict, inconclusive: 'reject' | 'ask'): boolean {
  return verdict === 'inconclusive' ? inconclusive === 'ask' : verdict !== 'reject';
}

/** What waits for a decision. */
export interface Waiting {
  digest: string;
  expiresAtMilliseconds: number;
  decision: Decision | null;
}

/**
 * Why a decision cannot be taken, in words for the person who sent it; null when it can. Pure, so that an Update validator may call it.
 * A decision by signal may leave the digest out; one by update may not.
 */
export function whyNotDecidable(waiting: Waiting | null, decision: Decision, now: number, how: 'update' | 'signal'): string | null {
  if (typeof decision !== 'object' || decision === null || typeof decision.approve !== 'boolean')
    return 'A decision is { approve: true | false, digest, by, reason }.';
  if (!waiting) return 'Nothing waits for approval in this run now.';
  if (waiting.decision) return `It was already ${waiting.decision.approve ? 'approved' : 'refused'} by ${waiting.decision.by}.`;
  if (now >= waiting.expiresAtMilliseconds) return 'The time for a decision is over.';
  if (decision.digest !== undefined ? decision.digest !== waiting.digest : how === 'update')
    return `The decision names digest ${decision.digest ?? 'none'}, but ${waiting.digest} waits.`;
  return null;
}
