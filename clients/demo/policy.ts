import type { PolicyInput } from '../../contracts/policy.ts';

/** One machine plays shop, gateway, servers, workers and stores at once: how long an answer waits for the processor says nothing about the model. */
const QUICK_ENOUGH_MS = 500;

/**
 * What the demo overrides of the model's policy: a shop's hours pressed into seconds. Thresholds of proof (alpha, margins) stay as they are.
 * A visitor takes something within milliseconds of the answer, so a unit's window may close after a second.
 */
export const DEMO_POLICY: Partial<PolicyInput> = {
  gate: { maxP99Milliseconds: QUICK_ENOUGH_MS },
  rollout: {
    primary: { name: 'hit', kind: 'rate', good: true },
    promoteWhen: 'superior',
    slowFromMilliseconds: QUICK_ENOUGH_MS,
    steps: [
      { percent: 5, minDwellSeconds: 2, minUnits: 50, maxSeconds: 120 },
      { percent: 20, minDwellSeconds: 2, minUnits: 100, maxSeconds: 120 },
      { percent: 50, minDwellSeconds: 2, minUnits: 200, maxSeconds: 600 },
    ],
    unitWindowSeconds: 1,
    lookEverySeconds: 0.5,
    graceSeconds: 30,
    soakSeconds: 3600,
  },
};

/** Segments of the gateway's event log: the judge learns of a visit that much later. */
export const SEGMENT_SECONDS = 1;
