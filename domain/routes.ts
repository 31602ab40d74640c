import { NightjarError } from '../contracts/errors.ts';
import { ROUTE_STEP, type Arm, type Routes, type SeenRoutes, type WantedRoutes } from '../contracts/routes.ts';

/**
 * Takes the traffic of a model over for `owner`: the traffic stays as it is, the epoch rises and fences every step of older owners out.
 * The same owner gets what stands, so a repeated claim does not fence its own later steps.
 */
export function claim(current: Routes | null, model: string, owner: string, changedAt: string): Routes {
  if (!current) return { model, epoch: 1, step: 0, owner, champion: null, challenger: null, rollout: null, percent: 0, warm: null, changedAt };
  if (current.owner === owner) return current;
  return { ...current, epoch: current.epoch + 1, step: 0, owner, changedAt };
}

export const seenRoutes = (current: Routes | null): SeenRoutes => ({ epoch: current?.epoch ?? 0, step: current?.step ?? 0 });

/**
 * All traffic to one version, claimed and changed at once; null when it is not as it was seen any more.
 * The same owner gets what stands: a repeat moves nothing.
 */
export function sentBack(
  current: Routes | null,
  { model, owner, to, seen }: { model: string; owner: string; to: Arm; seen: SeenRoutes },
  now: string,
): Routes | null {
  if (current?.owner === owner) return current;
  const { epoch, step } = seenRoutes(current);
  if (epoch !== seen.epoch || step !== seen.step) return null;
  const champion: Arm = { version: to.version, digest: to.digest };
  return { ...claim(current, model, owner, now), step: ROUTE_STEP.back, champion, challenger: null, rollout: null, percent: 0, warm: null };
}

/**
 * The traffic after a step of the epoch's owner. Steps are absolute; step 0 is the claim itself, so an owner's own steps start at 1.
 * The step that already stands gives the same record again. Throws Fenced for anything that would go backwards or is not the owner's.
 */
export function nextRoutes(current: Routes | null, wanted: WantedRoutes, changedAt: string): Routes {
  if (!current) throw fenced(wanted, 'nobody holds an epoch of this model');
  if (wanted.epoch !== current.epoch || wanted.owner !== current.owner) throw fenced(wanted, `epoch ${current.epoch} of ${current.owner} stands`);
  if (wanted.step < current.step) throw fenced(wanted, `step ${current.step} stands`);
  if (wanted.step > current.step) return { ...wanted, changedAt };
  if (!sameTraffic(current, wanted)) throw fenced(wanted, `step ${current.step} stands with other traffic`);
  return current;
}

const fenced = ({ model, epoch, step, owner }: WantedRoutes, why: string): NightjarError =>
  new NightjarError('Fenced', `${model}: step ${step} of epoch ${epoch} by ${owner}: ${why}.`);

function sameTraffic(one: WantedRoutes, other: WantedRoutes): boolean {
  const traffic = ({ champion, challenger, warm, rollout, percent }: WantedRoutes) =>
    JSON.stringify([...[champion, challenger, warm].map((arm) => arm && [arm.version, arm.digest]), rollout, percent]);
  return traffic(one) === traffic(other);
}
