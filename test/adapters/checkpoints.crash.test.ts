import { beforeEach, describe, expect, test } from 'vitest';
import { openLedger, type CheckpointLedger } from '../../adapters/checkpoints.ts';
import { memoryStore } from '../support/memory-store.ts';

const PREFIX = 'runs/r/checkpoints';
let store: ReturnType<typeof memoryStore>;
let ledger: CheckpointLedger<{ at: number }>;

const open = (owner = 'a', number = 1, scheduledAt = 0) => openLedger<{ at: number }, string>(store, PREFIX, { owner, attempt: { scheduledAt, number } });
const save = (step: number, fingerprint = 'f', to = ledger) =>
  to.save({ step, fingerprint, state: { at: step }, shards: { weights: Buffer.from(`weights ${step}`), slots: Buffer.from(`slots ${step}`) } });
const keysOf = (part: string) => [...store.objects.keys()].filter((key) => key.includes(part)).sort();

beforeEach(async () => {
  store = memoryStore();
  ledger = await open();
});

describe('the newest whole checkpoint', () => {
  test('is none at first, and then the last one written', async () => {
    expect(await ledger.load('f')).toBeNull();
    await save(1);
    await save(2);
    expect(await ledger.load('f')).toEqual({
      step: 2,
      fingerprint: 'f',
      state: { at: 2 },
      shards: { weights: Buffer.from('weights 2'), slots: Buffer.from('slots 2') },
    });
    expect((await ledger.load('f', 1))!.step).toBe(1);
  });

  test('is of the training asked for', async () => {
    await save(1, 'another snapshot');
    expect(await ledger.load('f')).toBeNull();
  });

  test.each([
    ['a shard is cut short', (key: string) => key.includes('/weights-'), (body: Buffer) => body.subarray(0, 3)],
    ['a shard has another byte', (key: string) => key.includes('/slots-'), (body: Buffer) => Buffer.concat([body.subarray(1), Buffer.from('x')])],
    ['the manifest is cut short', (key: string) => key.endsWith('manifest.json'), (body: Buffer) => body.subarray(0, body.length / 2)],
    [
      'the manifest has another step',
      (key: string) => key.endsWith('manifest.json'),
      (body: Buffer) => Buffer.from(body.toString().replace('"step":2', '"step":3')),
    ],
  ])('is the one before when %s', async (_what, isBroken, broken) => {
    await save(1);
    await save(2);
    const key = keysOf('/00000002/').find(isBroken)!;
    store.objects.set(key, broken(store.objects.get(key)!));
    expect((await ledger.load('f'))!.step).toBe(1);
  });

  test('is the one before when the manifest was never written, or a shard is gone', async () => {
    await save(1);
    await save(2);
    store.objects.delete(keysOf('/00000002/manifest.json')[0]!);
    expect((await ledger.load('f'))!.step).toBe(1);
    store.objects.delete(keysOf('/00000001/slots-')[0]!);
    expect(await ledger.load('f')).toBeNull();
  });

  test('comes after a broken one too', async () => {
    await save(1);
    store.objects.set(keysOf('manifest.json')[0]!, Buffer.from('{'));
    await save(2);
    expect((await ledger.load('f'))!.step).toBe(2);
  });
});

test('old checkpoints make room, manifest and shards', async () => {
  for (let step = 1; step <= 6; step++) await save(step);
  expect(keysOf('manifest.json')).toHaveLength(3);
  expect(keysOf('/weights-')).toHaveLength(3);
  expect((await ledger.load('f', 2))!.step).toBe(4);
});

test('an attempt that was given up for lost cannot write once another has claimed the run', async () => {
  await save(1);
  const newer = await open('b');
  expect((await newer.load('f'))!.step).toBe(1);
  await expect(save(2)).rejects.toMatchObject({ name: 'LedgerTaken' });
  await save(5, 'f', newer);
  await expect(save(9)).rejects.toMatchObject({ name: 'LedgerTaken' });
  expect((await newer.load('f'))!.step).toBe(5);
});

test('whoever claims a run learns who had it before', async () => {
  const before: string[] = [];
  await openLedger(store, PREFIX, { owner: 'b', attempt: { scheduledAt: 0, number: 2 } }, async (owner: string) => void before.push(owner));
  expect(before).toEqual(['a']);
});

describe('an older attempt that wakes late', () => {
  test('is refused, and the one that trains goes on', async () => {
    const living = await open('b', 2);
    await expect(open('a', 1)).rejects.toMatchObject({ name: 'LedgerTaken' });
    await save(1, 'f', living);
  });

  test('is one of an activity that was scheduled earlier, whatever its number: another pool begins to count again', async () => {
    await open('gpu', 7, 1000);
    const living = await open('cpu', 1, 2000);
    await expect(open('gpu', 8, 1000)).rejects.toMatchObject({ name: 'LedgerTaken' });
    await save(1, 'f', living);
  });
});

describe('a training without progress', () => {
  const attempts = async (from: number, to: number) => {
    for (let number = from; number <= to; number++) ledger = await open('a', number);
  };

  test('is given up after five attempts since its last checkpoint', async () => {
    await save(1);
    await attempts(2, 6);
    await expect(open('a', 7)).rejects.toMatchObject({ name: 'TrainerCannotFinish' });
  });

  test('is not one that writes a checkpoint now and then', async () => {
    await attempts(2, 5);
    await save(1);
    await attempts(6, 10);
    await save(2);
    await attempts(11, 15);
  });

  test('is not one whose claim was taken by the store while its answer was lost', async () => {
    const took: string[] = [];
    for (let repeat = 0; repeat < 10; repeat++)
      await openLedger(store, PREFIX, { owner: 'a', attempt: { scheduledAt: 0, number: 1 } }, async (owner: string) => void took.push(owner));
    expect(took).toEqual([]); // it would have ended itself
  });

  test('is not one whose attempts end for reasons of their own', async () => {
    for (let number = 2; number <= 20; number++) {
      ledger = await open('a', number);
      await ledger.excuse();
    }
  });
});
