import type { CpuActivities, WatchInput } from '../contracts/activities.ts';
import { NightjarError } from '../contracts/errors.ts';
import { keys } from '../contracts/ids.ts';
import type { LookProgress } from '../contracts/messages.ts';
import type { LookReport } from '../contracts/runs.ts';
import type { ObjectStore } from '../contracts/store.ts';
import { crashPoint } from '../adapters/crash-points.ts';
import { putRef } from '../adapters/objects.ts';
import { fold, type Segment } from '../domain/rollout/fold.ts';
import { judge, type Judgement } from '../domain/rollout/judge.ts';
import { planOf } from '../domain/rollout/plan.ts';
import { decodeState, encodeState, newState, type RolloutState } from '../domain/rollout/state.ts';
import { beforeRollout, recentTraffic } from './rollout/history.ts';
import { newSegments } from './rollout/segments.ts';

export interface RolloutDeps {
  store: ObjectStore;
  heartbeat: (details?: unknown) => void;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Rejects when the activity is cancelled. */
  sleep: (milliseconds: number) => Promise<void>;
}

/** Planning and watching a rollout. */
export function createRolloutActivities(deps: RolloutDeps): Pick<CpuActivities, 'planRollout' | 'watchRollout'> {
  return {
    async planRollout(input) {
      const { model, policy } = input;
      const measured = await recentTraffic(deps.store, model, policy.primary.name, 1000 * policy.unitWindowSeconds, deps.now());
      const plan = planOf(policy, { ...measured, unitsPerHour: policy.expectedUnitsPerHour || measured.unitsPerHour });
      if (plan.obstacle) throw new NightjarError('PlanTooLong', `${input.rollout}: ${plan.obstacle}`);
      const { events, units, hours, unitsPerHour } = plan;
      return { events, units, hours, unitsPerHour };
    },

    async watchRollout(input) {
      const { store, heartbeat, now } = deps;
      const until = now() + input.reportEverySeconds * 1000;
      let state = await openState(store, input);
      let judgement: Judgement | null = null;
      for (;;) {
        const before: Judgement | null = judgement;
        state = await look(store, state, input, () => heartbeat(before ? { look: progressOf(before) } : undefined));
        const moment = { stepIndex: input.stepIndex, stepStartedAt: input.stepStartedAt, now: now() };
        judgement = judge(state.counts, input.policy, moment);
        const beat = () => heartbeat({ look: progressOf(judgement!) });
        beat();
        if (isNews(judgement, before, input, moment.now) || now() >= until) return await report(store, state, input, moment, judgement);
        await pause(deps.sleep, beat, Math.min(input.policy.lookEverySeconds * 1000, until - now()));
      }
    },
  };
}

/** The stored state, or a new one that knows where the events of this rollout begin and how slow the champion was before. */
async function openState(store: ObjectStore, { model, rollout, policy, champion, stepStartedAt }: WatchInput): Promise<RolloutState> {
  const stored = await store.get(keys.rolloutState(rollout));
  if (stored) return decodeState(stored.body.toString('utf8'));
  const { cursors, answerTimes } = await beforeRollout(store, model, champion.version, stepStartedAt);
  return { ...newState(rollout, policy, stepStartedAt, answerTimes), cursors };
}

/**
 * Folds what is new, so many segments at a time, and stores the state after each: its cursors and its counts change together, so a crash before or
 * after repeats nothing, and a backlog is never in memory as a whole.
 */
async function look(store: ObjectStore, state: RolloutState, { model, rollout, policy }: WatchInput, beat: () => void): Promise<RolloutState> {
  let batch: Segment[] = [];
  const foldBatch = async () => {
    state = fold(state, batch, policy);
    batch = [];
    await store.put(keys.rolloutState(rollout), encodeState(state), 'application/json');
    crashPoint('rollout-after-fold');
    beat();
  };
  for await (const segment of newSegments(store, model, { ...state.cursors }, state.startedAt - DAY))
    if (batch.push(segment) === SEGMENTS_AT_ONCE) await foldBatch();
  if (batch.length > 0) await foldBatch();
  return state;
}

/**
 * What the workflow must hear at once. A look that was invalid already when this watch began, or a rollout held past its time, is reported
 * only when the report is due: the workflow would ask again at once, endlessly.
 */
function isNews({ verdict }: Judgement, before: Judgement | null, { policy, stepIndex, stepStartedAt }: WatchInput, now: number): boolean {
  const held = policy.expired === 'hold';
  const over = !held && now - stepStartedAt >= policy.steps[stepIndex]!.maxSeconds * 1000;
  if (verdict === 'PROMOTE' || verdict === 'ROLLBACK' || over) return true;
  return verdict !== 'EXTEND' && before !== null && before.verdict !== verdict;
}

async function report(store: ObjectStore, state: RolloutState, input: WatchInput, moment: object, judgement: Judgement): Promise<LookReport> {
  const { rollout, policy } = input;
  const evidence = await putRef(store, keys.evidence, JSON.stringify({ format: 1, rollout, moment, policy, counts: state.counts, judgement }));
  return { ...progressOf(judgement), evidence };
}

const progressOf = (judgement: Judgement): LookProgress => ({ ...judgement, rows: judgement.rows.map(({ excessBound: _, ...row }) => row) });

/** Waits with heartbeats every few seconds, through which a cancellation arrives. */
async function pause(sleep: RolloutDeps['sleep'], beat: () => void, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= HEARTBEAT_MILLISECONDS) {
    await sleep(Math.min(left, HEARTBEAT_MILLISECONDS));
    beat();
  }
}

/** Segments folded at once: of two gateways at 500 requests per second, about 100,000 events. */
const SEGMENTS_AT_ONCE = 50;
const HEARTBEAT_MILLISECONDS = 5_000;
/** A gateway's segment may have begun on the day before the rollout. */
const DAY = 24 * 3600 * 1000;
