import { access, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../adapters/durable-files.ts';
import { segmentKey, summaryKey, type ServingEvent } from '../../contracts/events.ts';
import { count, noEvents, summarise } from './summary.ts';

export interface LocalSegment {
  /** Key in the object store; also the path below the home. */
  key: string;
  sequence: number;
}

/** Segments of this gateway and model on the local disk, ascending. */
export async function localSegments(home: string, model: string, gateway: string): Promise<LocalSegment[]> {
  const found: LocalSegment[] = [];
  for (const day of await entries(join(home, 'events', model))) {
    for (const file of await entries(join(home, 'events', model, day))) {
      const sequence = new RegExp(`^${gateway}-(\\d{10})\\.jsonl$`).exec(file)?.[1];
      if (sequence) found.push({ key: segmentKey(model, day, gateway, Number(sequence)), sequence: Number(sequence) });
    }
  }
  return found.sort((a, b) => a.sequence - b.sequence);
}

/** Models that have left segments on the local disk. */
export const modelsWithSegments = async (home: string): Promise<string[]> =>
  (await readdir(join(home, 'events'), { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);

/**
 * Finishes the segments that a killed gateway left open: cuts a torn end off (it was never acknowledged) and writes the missing summary.
 * What the request columns looked like died with the process; the summary then has no columns. Returns what is left to upload, ascending.
 */
export async function recoverSegments(home: string, model: string, gateway: string): Promise<LocalSegment[]> {
  await removeOrphans(home, model, gateway);
  const whole: LocalSegment[] = [];
  for (const segment of await localSegments(home, model, gateway)) {
    const path = join(home, segment.key);
    if ((await exists(summaryKey(path))) || (await finish(path, { model, gateway, sequence: segment.sequence }))) whole.push(segment);
    else await rm(path);
  }
  return whole;
}

/** Summaries whose events are in the store and gone from here: the kill came between the two removals. */
async function removeOrphans(home: string, model: string, gateway: string): Promise<void> {
  for (const day of await entries(join(home, 'events', model))) {
    const files = await entries(join(home, 'events', model, day));
    const summaries = new Set(files.filter((file) => file.endsWith('.jsonl')).map(summaryKey));
    const orphans = files.filter((file) => file.startsWith(`${gateway}-`) && file.endsWith('.summary.json') && !summaries.has(file));
    for (const orphan of orphans) await rm(join(home, 'events', model, day, orphan));
  }
}

/** False when there is no event in it. */
async function finish(path: string, of: { model: string; gateway: string; sequence: number }): Promise<boolean> {
  const events = await wholeEvents(path);
  if (events.length === 0) return false;
  const counts = noEvents();
  for (const event of events) count(counts, event);
  const span = { ...of, fromMilliseconds: events[0]!.at, toMilliseconds: events.at(-1)!.at };
  await writeDurably(summaryKey(path), JSON.stringify(summarise(span, counts, {})));
  return true;
}

/** The events up to the first torn line; what follows it came after the last acknowledged one, and is cut off. */
async function wholeEvents(path: string): Promise<ServingEvent[]> {
  const bytes = await readFile(path);
  const events: ServingEvent[] = [];
  let end = 0;
  for (let next = bytes.indexOf(10, end); next >= 0; next = bytes.indexOf(10, end)) {
    const event = parse(bytes.subarray(end, next).toString('utf8'));
    if (!event) break;
    events.push(event);
    end = next + 1;
  }
  if (end < bytes.length) await truncate(path, end);
  return events;
}

function parse(line: string): ServingEvent | null {
  try {
    return JSON.parse(line) as ServingEvent;
  } catch {
    return null;
  }
}

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
