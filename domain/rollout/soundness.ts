import type { ArmName } from '../../contracts/events.ts';
import type { RolloutPolicy } from '../../contracts/policy.ts';
import type { RolloutCounts } from './counts.ts';
import type { Moment } from './judge.ts';

/** Why nothing can be concluded from these counts, in whole sentences; empty when they are sound. */
export function whatIsUnsound(counts: RolloutCounts, policy: RolloutPolicy, moment: Moment, logSrm: number): string[] {
  const behind = moment.now - Math.max(counts.newest, moment.stepStartedAt);
  return [
    ...(logSrm >= Math.log(1 / policy.srmAlpha) ? [`The arms were not split as planned (log E ${logSrm.toFixed(1)}): ${splits(counts)}.`] : []),
    ...(behind > policy.graceSeconds * 1000 ? [`The event log is ${Math.round(behind / 1000)} s behind.`] : []),
    ...(['champion', 'challenger'] as const)
      .filter((arm) => isSilent(arm, counts, policy, moment))
      .map((arm) => `The ${arm} has served nobody for longer than its grace.`),
  ];
}

/** No exposure for longer than the grace, and too many new units went to the other arm for that to be chance: a small share may be quiet for long. */
function isSilent(arm: ArmName, { silence, newest }: RolloutCounts, { graceSeconds, srmAlpha }: RolloutPolicy, { stepStartedAt }: Moment): boolean {
  const { since, logChance } = silence[arm];
  return newest - Math.max(since, stepStartedAt) > graceSeconds * 1000 && logChance <= Math.log(srmAlpha);
}

const splits = ({ steps }: RolloutCounts): string =>
  steps.map(({ share, units, challenger }) => `${challenger} of ${units} new units at ${Number((100 * share).toPrecision(4))} %`).join(', ');
