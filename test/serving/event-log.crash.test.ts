import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ownIdentity } from '../../adapters/process-identity.ts';
import { failureType, NightjarError } from '../../contracts/errors.ts';
import { segmentKey, summaryKey, type ServingEvent } from '../../contracts/events.ts';
import { takeHome } from '../../serving/events/home.ts';
import { openEventLog, type EventLogDeps } from '../../serving/events/log.ts';
import { memoryStore } from '../support/memory-store.ts';
import { storedEvents, storedSegments } from '../support/serving/events.ts';
import { silent } from '../support/serving/in-process.ts';

let home: string;
let store: ReturnType<typeof memoryStore>;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nightjar-events-'));
  store = memoryStore();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const open = (deps: Partial<EventLogDeps> = {}) => openEventLog({ store, home, gateway: 'g1', model: 'tiny', now: Date.now, log: silent, ...deps });
const reward = (unit: string) => ({ unit, id: null, name: 'hit', value: 1 });
const exposure = (unit: string, version = 1) => ({ id: 'p', unit, rollout: null, arm: 'champion', version, share: 0, status: 'ok', milliseconds: 1 }) as const;
const units = async () => (await storedEvents(store)).map(({ unit }) => unit);
const line = (unit: string, at = 5) => JSON.stringify({ kind: 'reward', at, ...reward(unit) } satisfies ServingEvent) + '\n';
const localFiles = () =>
  readdirSync(join(home, 'events/tiny'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe('what a killed gateway leaves', () => {
  const key = segmentKey('tiny', '2026-01-01', 'g1', 1);
  async function leave(content: string, summary?: string) {
    const events = await open();
    await events.reward([reward('before')]);
    await events.close(); // makes the folders, the counter and segment 1
    store.objects.clear();
    const day = join(home, 'events/tiny/2026-01-01');
    rmSync(day, { recursive: true, force: true });
    mkdirSync(day, { recursive: true });
    writeFileSync(join(home, key), content);
    if (summary) writeFileSync(join(home, summaryKey(key)), summary);
  }

  it('is uploaded at the next start, without a torn last line', async () => {
    await leave(line('a') + line('b', 7) + line('c').slice(0, 20));
    await (await open()).close();
    expect(await storedSegments(store)).toMatchObject([
      {
        key,
        events: [{ unit: 'a' }, { unit: 'b' }],
        summary: { sequence: 1, events: 2, fromMilliseconds: 5, toMilliseconds: 7, rewards: { hit: { count: 2, sum: 2 } }, columns: {} },
      },
    ]);
    expect(localFiles()).toEqual(['g1.sequence']);
  });

  it('is cut at the first line that a power cut has garbled', async () => {
    await leave(line('a') + '\0\0\0\0\n' + line('b'));
    await (await open()).close();
    expect(await units()).toEqual(['a']);
  });

  it('is nothing when no event is in it', async () => {
    await leave('{"kin');
    await (await open()).close();
    expect(await storedSegments(store)).toEqual([]);
    expect(localFiles()).toEqual(['g1.sequence']);
  });

  it('keeps the summary that was written before the kill, and is the same object when uploaded twice', async () => {
    await leave(line('a'), '{"written":"before"}');
    store.objects.set(key, Buffer.from('half of an upload'));
    await (await open()).close();
    expect(await storedSegments(store)).toMatchObject([{ events: [{ unit: 'a' }], summary: { written: 'before' } }]);
  });

  it('is cleared up when the kill came between the upload and the last removal', async () => {
    await leave(line('a'), '{}');
    rmSync(join(home, key));
    await (await open()).close();
    expect(localFiles()).toEqual(['g1.sequence']);
    expect(store.objects.size).toBe(0);
  });
});

it('never uses a sequence number twice', async () => {
  const events = await open();
  await events.reward([reward('a')]);
  await events.close();
  const again = await open();
  await again.reward([reward('b')]);
  again.rotate(false);
  await again.reward([reward('c')]);
  await again.close();
  expect((await storedSegments(store)).map(({ summary }) => summary.sequence)).toEqual([1, 2, 3]);
  expect(await units()).toEqual(['a', 'b', 'c']);
});

it('an acknowledged reward is on the disk', async () => {
  const events = await open();
  events.expose(exposure('shown'));
  await events.reward([reward('a')]);
  const [file] = localFiles().filter((name) => name.endsWith('.jsonl'));
  const day = readdirSync(join(home, 'events/tiny')).find((name) => name.startsWith('2'))!;
  expect(readFileSync(join(home, 'events/tiny', day, file!), 'utf8').split('\n')).toHaveLength(3);
  await events.close();
});

it('rotation under load loses nothing and keeps times inside their segments', async () => {
  let time = 1000;
  const events = await open({ now: () => time });
  const acknowledged: Promise<void>[] = [];
  for (let i = 0; i < 500; i++) {
    acknowledged.push(events.reward([reward(`r${i}`)]));
    events.expose(exposure(`e${i}`, 1 + Math.floor(i / 100)));
    if (i % 7 === 0) events.rotate(i % 2 === 0);
    if (i % 5 === 0) time += i % 3 === 0 ? -10 : 3; // a clock that is set back does not take the log back
    if (i % 20 === 0) await acknowledged.at(-1);
  }
  await Promise.all(acknowledged);
  await events.close();
  const segments = await storedSegments(store);
  expect(segments.flatMap((segment) => segment.events).map(({ unit }) => unit)).toHaveLength(1000);
  let last = 0;
  for (const { events: some, summary } of segments) {
    expect(summary.fromMilliseconds).toBeGreaterThan(last);
    for (const { at } of some) expect(at >= summary.fromMilliseconds && at <= summary.toMilliseconds).toBe(true);
    last = summary.toMilliseconds;
    expect(new Set(some.flatMap((event) => (event.kind === 'exposure' ? [event.version] : []))).size).toBeLessThan(2);
  }
});

it('segments follow each other without a gap, also when they end faster than the disk is', async () => {
  let time = 1000;
  const events = await open({ now: () => time });
  for (let end = 0; end < 5; end++) {
    time += 20;
    events.rotate(true);
    if (end % 2 === 0) await new Promise(setImmediate); // the first of them is under way
  }
  await events.close();
  const spans = (await storedSegments(store)).map(({ summary }) => [summary.fromMilliseconds, summary.toMilliseconds]);
  expect(spans).toEqual([
    [1020, 1020],
    [1021, 1040],
    [1041, 1060],
    [1061, 1080],
    [1081, 1100],
  ]);
});

it('a store that is away for long: events stay on the disk, in order, and arrive', async () => {
  let away = true;
  const put = store.putFile.bind(store);
  store.putFile = (key, path) => (away ? Promise.reject(new NightjarError('StoreUnreachable', 'test')) : put(key, path));
  const events = await open();
  for (const unit of ['a', 'b', 'c']) {
    await events.reward([reward(unit)]);
    events.rotate(false);
  }
  await vi.waitFor(() => expect(events.waiting).toBe(3));
  expect(store.objects.size).toBe(0);
  away = false;
  await vi.waitFor(() => expect(events.waiting).toBe(0), { timeout: 5000 });
  expect(await units()).toEqual(['a', 'b', 'c']);
  expect(localFiles()).toEqual(['g1.sequence']);
  await events.close();
});

it('a disk that takes nothing: rewards are refused, exposures wait, and it goes on by itself', async () => {
  const events = await open();
  rmSync(join(home, 'events/tiny'), { recursive: true });
  writeFileSync(join(home, 'events/tiny'), 'in the way'); // no folder can be made: as good as a full disk
  events.expose(exposure('shown'));
  expect(await events.reward([reward('a')]).catch(failureType)).toBe('EventsUnwritable');
  expect(await events.reward([reward('b')]).catch(failureType)).toBe('EventsUnwritable');
  rmSync(join(home, 'events/tiny'));
  mkdirSync(join(home, 'events/tiny'));
  await vi.waitFor(() => expect(localFiles().some((name) => name.endsWith('.jsonl'))).toBe(true), { timeout: 5000 });
  await events.reward([reward('c')]);
  await events.close();
  expect(await units()).toEqual(['shown', 'c']);
});

describe('a home', () => {
  it('is taken by one gateway at a time and keeps its name', async () => {
    const first = await takeHome(home);
    expect(await takeHome(home).catch(failureType)).toBe('HomeTaken');
    await first.release();
    const second = await takeHome(home);
    expect(second.gateway).toBe(first.gateway);
    await second.release();
  });

  it('is free again after a kill, also when another process has the pid now', async () => {
    const { release } = await takeHome(home);
    await release();
    writeFileSync(join(home, 'events/gateway.lock'), JSON.stringify({ ...ownIdentity(), startTime: '1' }));
    const taken = await takeHome(home);
    await taken.release();
    expect(existsSync(join(home, 'events/gateway.lock'))).toBe(false);
    appendFileSync(join(home, 'events/gateway.lock'), 'torn');
    await (await takeHome(home)).release();
  });
});
