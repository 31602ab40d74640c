import { NightjarError } from '../../contracts/errors.ts';
import type { ReferenceSketches } from '../../contracts/sketch.ts';
import { openEventLog, type EventLog, type EventLogDeps } from './log.ts';

const RETRY_MILLISECONDS = 1000;

/** Opens a model's log; while the disk does not let it, predictions go on without one, rewards are refused, and it is tried again every second. */
export async function openPatientLog(deps: EventLogDeps): Promise<EventLog> {
  const { model, log } = deps;
  let opened: EventLog | null = null;
  let reference: ReferenceSketches | null = null;
  let dropped = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let opening = open();
  await opening;

  async function open(): Promise<void> {
    try {
      const events = await openEventLog(deps);
      if (reference) events.compareWith(reference);
      opened = events;
    } catch (error) {
      log.error({ model, error: (error as Error).message }, 'event log cannot be opened; rewards are refused until it can');
      if (!closed) timer = setTimeout(() => (opening = open()), RETRY_MILLISECONDS);
    }
  }

  return {
    get waiting() {
      return opened?.waiting ?? 0;
    },
    get dropped() {
      return dropped + (opened?.dropped ?? 0);
    },
    expose(exposure) {
      if (opened) opened.expose(exposure);
      else dropped++;
    },
    reward: (rewards) => opened?.reward(rewards) ?? Promise.reject(new NightjarError('EventsUnwritable', `${model}.`)),
    describe: (instance, prediction) => opened?.describe(instance, prediction),
    compareWith(other) {
      reference = other;
      opened?.compareWith(other);
    },
    rotate: (evenEmpty) => opened?.rotate(evenEmpty),
    async close() {
      closed = true;
      clearTimeout(timer);
      await opening;
      await opened?.close();
    },
  };
}
