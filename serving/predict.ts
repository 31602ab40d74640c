import { randomUUID } from 'node:crypto';
import { NightjarError } from '../contracts/errors.ts';
import type { ArmName, Exposure } from '../contracts/events.ts';
import type { Arm, Routes } from '../contracts/routes.ts';
import { assign, unitHash } from '../domain/split.ts';
import { askChampion, askVersion, type Ask, type Reply } from './ask.ts';
import type { EventLog } from './events/log.ts';
import { instancesOf, isObject, type JsonBody } from './http.ts';
import type { Traffic } from './traffic.ts';

type Instance = Record<string, unknown>;

export interface Prediction {
  /** Prediction id, the same for all units of the request. */
  id: string;
  status: 200 | 400;
  /** JSON. */
  body: Buffer;
  /** Arms that the units were assigned to, and versions that answered. */
  arms: ArmName[];
  versions: number[];
}

/** One arm's part of a request. */
interface Group {
  arm: ArmName;
  instances: Instance[];
  /** Where they stood in the request. */
  positions: number[];
  units: Set<string>;
}

export interface Served {
  traffic: Traffic;
  events: EventLog;
}

/** Told of every part of a request that an arm was asked for. */
export type Watch = (model: string, exposure: Pick<Exposure, 'arm' | 'version' | 'status' | 'milliseconds'>, units: number, answeredBy: number | null) => void;

/**
 * Answers a predict request: each instance by the arm that its unit is assigned to. A user never sees a failure of the challenger:
 * the champion answers, and the exposure tells the judge what the challenger did. Throws InvalidRequest and NoServer.
 */
export async function predict(ask: Ask, { traffic, events }: Served, body: JsonBody, watch: Watch): Promise<Prediction> {
  const { routes, description } = traffic;
  if (!routes?.champion || !description) throw new NightjarError('NoServer', `${traffic.model}.`);
  const groups = groupByArm(instancesOf(body), description.signature.unit, routes);
  const id = randomUUID();

  const replies = await Promise.all(
    groups.map(async (group) => {
      const bytes = groups.length === 1 ? body.bytes : Buffer.from(JSON.stringify({ instances: group.instances }));
      const arm = routes[group.arm]!;
      const { assigned, reply } = await answer(ask, traffic, group.arm, arm, bytes);
      if (reply?.status === 'bad-request') return reply;
      const { status, milliseconds } = assigned;
      const exposure = {
        id,
        ...splitOf(routes),
        arm: group.arm,
        version: arm.version,
        status: status === 'bad-request' ? 'error' : status,
        milliseconds,
      } as const;
      for (const unit of group.units) events.expose({ ...exposure, unit });
      watch(traffic.model, exposure, group.units.size, reply?.version ?? null);
      if (group.arm === 'champion' && status === 'ok') describeLater(events, group.instances, reply!.body);
      return reply;
    }),
  );
  if (replies.includes(null)) throw new NightjarError('NoServer', `${traffic.model}.`);
  const answered = replies as Reply[];
  const headers = { arms: groups.map(({ arm }) => arm), versions: answered.map(({ version }) => version) };
  const refused = answered.find(({ status }) => status === 'bad-request');
  if (refused) return { id, status: 400, body: refused.body, ...headers };
  return { id, status: 200, body: groups.length === 1 ? answered[0]!.body : merge(groups, answered), ...headers };
}

/** What the assigned arm did, and the reply that the user gets. */
async function answer(ask: Ask, traffic: Traffic, name: ArmName, arm: Arm, body: Buffer): Promise<{ assigned: Reply; reply: Reply | null }> {
  const assigned = await askVersion(ask, traffic, arm, body);
  if (assigned.status === 'ok') return { assigned, reply: assigned };
  if (name === 'challenger') return { assigned, reply: await askChampion(ask, traffic, body) };
  if (assigned.status === 'bad-request') return { assigned, reply: assigned };
  return { assigned, reply: await askChampion(ask, traffic, body, assigned) };
}

/** The rollout as the split and the events know it: only while a challenger has a share. */
export function splitOf({ rollout, challenger, percent }: Routes): { rollout: string | null; share: number } {
  return rollout && challenger && percent > 0 ? { rollout, share: percent / 100 } : { rollout: null, share: 0 };
}

function groupByArm(instances: Instance[], unitField: string, routes: Routes): Group[] {
  const { rollout } = splitOf(routes);
  const groups = new Map<ArmName, Group>();
  instances.forEach((instance, position) => {
    const unit = unitHash(unitOf(instance, unitField, position));
    const arm = rollout ? assign(rollout, unit, routes.percent) : 'champion';
    let group = groups.get(arm);
    if (!group) groups.set(arm, (group = { arm, instances: [], positions: [], units: new Set() }));
    group.instances.push(instance);
    group.positions.push(position);
    group.units.add(unit);
  });
  return [...groups.values()];
}

function unitOf(instance: Instance, field: string, position: number): string {
  const unit = Object.hasOwn(instance, field) ? instance[field] : undefined;
  if ((typeof unit === 'string' && unit !== '') || Number.isFinite(unit)) return String(unit);
  throw new NightjarError('InvalidRequest', `instances[${position}].${field}: names the unit; a string or a number.`);
}

function merge(groups: Group[], replies: Reply[]): Buffer {
  const predictions: unknown[] = [];
  groups.forEach(({ positions }, i) => {
    const part = predictionsOf(replies[i]!.body);
    positions.forEach((position, j) => (predictions[position] = part[j]));
  });
  return Buffer.from(JSON.stringify({ predictions }));
}

function predictionsOf(body: Buffer): unknown[] {
  const parsed: unknown = JSON.parse(body.toString());
  return isObject(parsed) && Array.isArray(parsed.predictions) ? parsed.predictions : [];
}

/** After the user has the answer: sketches are for the monitor and must cost nobody time. */
function describeLater(events: EventLog, instances: Instance[], body: Buffer): void {
  setImmediate(() => {
    const predictions = predictionsOf(body);
    instances.forEach((instance, i) => events.describe(instance, predictions[i]));
  });
}
