import type { RolloutPolicy } from '../../contracts/policy.ts';

export interface Traffic {
  unitsPerHour: number;
  /** Part of the units that have the primary's event; null when it is not known yet. */
  eventRate: number | null;
}

export interface RolloutPlan {
  /** Units with the primary's event, both arms. */
  events: number;
  /** Units of both arms. */
  units: number;
  hours: number;
  unitsPerHour: number;
  /** Why it cannot finish, in one sentence; null when it can. */
  obstacle: string | null;
}

/** Rate of a guardrail for which the plan is made: slow answers are those above the champion's p99. */
const GUARDRAIL_RATE = 0.01;

/**
 * Units, events and hours until this policy can promote a challenger that does no harm (statistics 2.5): (ln(1/α)+2) / (q(1−q)(ln r)²/2) events
 * of the primary to tell the odds ratio r = 1 + marginOdds at share q, and as many units as the guardrails' absolute margin asks for.
 * An unknown rate counts as 1, a mean as an event of each unit: then the plan is the least that is needed.
 */
export function planOf(policy: RolloutPolicy, { unitsPerHour, eventRate }: Traffic): RolloutPlan {
  const needed = (Math.log(1 / policy.alpha) + 2) / (Math.log(1 + policy.marginOdds) ** 2 / 2);
  const rate = policy.primary.kind === 'mean' ? 1 : (eventRate ?? 1);
  let [information, units, seconds] = [0, 0, 0];
  let obstacle = unitsPerHour > 0 ? null : 'No unit has been served lately.';
  policy.steps.forEach((step, index) => {
    if (obstacle) return;
    const last = index === policy.steps.length - 1;
    const stepUnits = Math.max(
      unitsOfStep(step),
      last ? unitsOfProof(step.percent / 100, needed - information, rate, policy) : 0,
      (unitsPerHour * step.minDwellSeconds) / 3600,
    );
    const stepSeconds = (3600 * stepUnits) / unitsPerHour + (last ? policy.unitWindowSeconds : 0);
    if (stepSeconds > step.maxSeconds)
      obstacle = `The step at ${step.percent} % needs about ${hours(stepSeconds)} (${Math.ceil(stepUnits)} units) and has ${hours(step.maxSeconds)}; there are ${Math.round(unitsPerHour)} units per hour.`;
    information += stepUnits * rate * informationAt(step.percent / 100);
    units += stepUnits;
    seconds += stepSeconds;
  });
  const finite = (value: number) => (Number.isFinite(value) ? value : Number.MAX_SAFE_INTEGER);
  return { events: Math.ceil(finite(units * rate)), units: Math.ceil(finite(units)), hours: finite(seconds / 3600), unitsPerHour, obstacle };
}

/** What one event tells about the odds ratio when the challenger has this share. */
const informationAt = (share: number): number => share * (1 - share);

const unitsOfStep = ({ percent, minUnits }: RolloutPolicy['steps'][number]): number => (100 * minUnits) / percent;

function unitsOfProof(share: number, information: number, rate: number, { alpha, marginRate }: RolloutPolicy): number {
  const smaller = Math.min(share, 1 - share);
  const log = Math.log(4 / alpha) + 2;
  const perArm = Math.max(log / marginRate, (8 * GUARDRAIL_RATE * log) / marginRate ** 2);
  return Math.max(perArm / smaller, information > 0 ? information / (rate * informationAt(share)) : 0);
}

function hours(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'endless time';
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
