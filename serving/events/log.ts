import { join } from 'node:path';
import { NightjarError } from '../../contracts/errors.ts';
import { segmentKey, type Exposure, type Reward, type ServingEvent } from '../../contracts/events.ts';
import type { Instance } from '../../contracts/bundle.ts';
import type { ReferenceSketches } from '../../contracts/sketch.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { addInstance, addScore, emptyLike } from '../../domain/drift/sketch.ts';
import { scoreOf } from '../../domain/drift/score.ts';
import type { Log } from '../log.ts';
import { recoverSegments } from './recovery.ts';
import { openSegment, type OpenSegment } from './segment.ts';
import { openSequence } from './sequence.ts';
import { count, noEvents, summarise, type SegmentCounts } from './summary.ts';
import { startUploader } from './uploader.ts';

/** The durable log of one model's exposures and rewards (contracts/events.ts). */
export interface EventLog {
  /** Segments that wait for the store. */
  readonly waiting: number;
  /** Events that were dropped because the disk took none for too long; never an acknowledged reward. */
  readonly dropped: number;
  /** Never waits and never throws: a prediction does not depend on the disk. */
  expose(exposure: Omit<Exposure, 'kind' | 'at'>): void;
  /** Resolves when all of them are on the disk, synced; on failure none is. Throws EventsUnwritable. */
  reward(rewards: Omit<Reward, 'kind' | 'at'>[]): Promise<void>;
  /** Counts what the champion was asked and answered in the columns of the segment's summary. */
  describe(instance: Instance, prediction: unknown): void;
  /** Another champion, another reference: its sketches start with the next segment. */
  compareWith(reference: ReferenceSketches): void;
  /** Ends the segment, also an empty one when `evenEmpty`: then readers see how far the time has come. */
  rotate(evenEmpty: boolean): void;
  /** Writes everything out and tries once more to upload it; what remains is uploaded at the next start. */
  close(): Promise<void>;
}

export interface EventLogDeps {
  store: ObjectStore;
  home: string;
  gateway: string;
  model: string;
  now: () => number;
  log: Log;
  uploadFailed?: () => void;
}

/** What waits for the disk, in order: lines, and the ends of segments between them. */
type Pending = { kind: 'lines'; events: ServingEvent[]; lines: string; settle: ((failure?: Error) => void) | null } | SegmentEnd;
interface SegmentEnd {
  kind: 'end';
  to: number;
  columns: ReferenceSketches;
  evenEmpty: boolean;
}

const MAX_PENDING_BYTES = 32 * 1024 * 1024;
const RETRY_MILLISECONDS = 1000;

/** Opens the log and takes over what an earlier process left on the disk. */
export async function openEventLog(deps: EventLogDeps): Promise<EventLog> {
  const { home, gateway, model, now, log } = deps;
  const sequence = await openSequence(home, model, gateway);
  const uploader = startUploader({ store: deps.store, home, log, failed: deps.uploadFailed });
  for (const segment of await recoverSegments(home, model, gateway)) uploader.add(segment.key);

  let last = 0;
  let reference: ReferenceSketches = {};
  let columns: ReferenceSketches = {};
  let versions: Partial<Record<Exposure['arm'], number>> = {};
  let pending: Pending[] = [];
  let pendingBytes = 0;
  let dropped = 0;
  let unwritable: NodeJS.Timeout | null = null;
  let draining: Promise<void> | null = null;
  let current: { segment: OpenSegment; key: string; sequence: number; from: number; counts: SegmentCounts } | null = null;
  let nextFrom = 0;

  const clock = () => (last = Math.max(last, now()));

  function endSegment(evenEmpty: boolean): void {
    const end: SegmentEnd = { kind: 'end', to: clock(), columns, evenEmpty };
    last = end.to + 1; // what comes now is later than the segment's end
    columns = emptyLike(reference);
    versions = {};
    const before = pending.at(-1);
    // While the disk takes nothing, ends must not pile up; otherwise the one before may be under way already.
    if (unwritable && before?.kind === 'end') pending[pending.length - 1] = { ...end, columns: before.columns, evenEmpty: evenEmpty || before.evenEmpty };
    else pending.push(end);
    drainSoon();
  }

  function enqueue(events: ServingEvent[], settle: ((failure?: Error) => void) | null): void {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    pending.push({ kind: 'lines', events, lines, settle });
    pendingBytes += lines.length;
    drainSoon();
  }

  function drainSoon(): void {
    if (unwritable) return;
    // The next tick, so that everything that arrives in this one shares one write and one sync.
    draining ??= new Promise<void>((resolve) => setImmediate(resolve)).then(drain).finally(() => {
      draining = null;
      if (pending.length > 0) drainSoon();
    });
  }

  async function drain(): Promise<void> {
    while (pending.length > 0 && !unwritable) {
      const end = pending.findIndex((one) => one.kind === 'end');
      const batch = pending.slice(0, end < 0 ? pending.length : end) as Extract<Pending, { kind: 'lines' }>[];
      try {
        if (batch.length > 0) await write(batch);
        else await finishSegment(pending[0] as SegmentEnd);
        for (const one of pending.splice(0, Math.max(1, batch.length))) if (one.kind === 'lines') pendingBytes -= one.lines.length;
      } catch (error) {
        await refuse(error as Error, batch);
      }
    }
  }

  async function write(batch: Extract<Pending, { kind: 'lines' }>[]): Promise<void> {
    const opened = (current ??= await open(batch[0]!.events[0]!.at));
    await opened.segment.append(
      batch.map((one) => one.lines).join(''),
      batch.some((one) => one.settle !== null),
    );
    for (const one of batch) {
      for (const event of one.events) count(opened.counts, event);
      one.settle?.();
    }
  }

  async function open(at: number) {
    const from = nextFrom || at;
    const number = await sequence.take();
    const key = segmentKey(model, new Date(from).toISOString().slice(0, 10), gateway, number);
    return { segment: await openSegment(join(home, key)), key, sequence: number, from, counts: noEvents() };
  }

  async function finishSegment(end: SegmentEnd): Promise<void> {
    if (!current && !end.evenEmpty) return;
    current ??= await open(end.to);
    const { segment, key, sequence: number, from, counts } = current;
    const span = { model, gateway, sequence: number, fromMilliseconds: from, toMilliseconds: end.to };
    await segment.finish(summarise(span, counts, end.columns));
    nextFrom = end.to + 1;
    current = null;
    uploader.add(key);
  }

  /** The disk takes nothing now: rewards are refused at once, exposures wait, and a second later it is tried again. */
  async function refuse(error: Error, batch: Pending[]): Promise<void> {
    log.error({ model, error: error.message }, 'event log cannot be written');
    const refused = new NightjarError('EventsUnwritable', `${model}: ${error.message}.`, { cause: error });
    for (const one of batch) if (one.kind === 'lines' && one.settle) one.settle(refused);
    pending = pending.filter((one) => one.kind === 'end' || one.settle === null || !batch.includes(one));
    pendingBytes = pending.reduce((sum, one) => sum + (one.kind === 'lines' ? one.lines.length : 0), 0);
    unwritable = setTimeout(() => {
      unwritable = null;
      if (pending.length > 0) drainSoon();
    }, RETRY_MILLISECONDS);
  }

  return {
    get waiting() {
      return uploader.waiting;
    },
    get dropped() {
      return dropped;
    },
    expose(exposure) {
      const version = versions[exposure.arm];
      if (version !== undefined && version !== exposure.version) endSegment(false);
      versions[exposure.arm] = exposure.version;
      if (pendingBytes > MAX_PENDING_BYTES) dropped++;
      else enqueue([{ kind: 'exposure', at: clock(), ...exposure }], null);
    },
    reward(rewards) {
      if (unwritable || pendingBytes > MAX_PENDING_BYTES) return Promise.reject(new NightjarError('EventsUnwritable', `${model}.`));
      return new Promise((resolve, reject) => {
        const at = clock();
        enqueue(
          rewards.map((reward) => ({ kind: 'reward', at, ...reward })),
          (failure) => (failure ? reject(failure) : resolve()),
        );
      });
    },
    describe(instance, prediction) {
      addInstance(columns, instance);
      addScore(columns, scoreOf(prediction));
    },
    compareWith(other) {
      reference = other;
      endSegment(false);
    },
    rotate: endSegment,
    async close() {
      endSegment(false);
      while (draining) await draining;
      if (unwritable) clearTimeout(unwritable);
      await uploader.stop();
    },
  };
}
