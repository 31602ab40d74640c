import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApplicationFailure } from '@temporalio/common';
import { missing } from '../support/engines.ts';
import { seenRoutes } from '../../domain/routes.ts';
import { fakeShop, gateOf, type Shop } from '../support/fake-shop.ts';
import { commandLine, type CommandEnd, type CommandLine } from '../support/nightjar.ts';
import { startWorld, type World } from '../support/world.ts';

/** The real commands and the real workflows; only the world that they act on is a fake. */
describe.skipIf(missing('test-server'))("the operators' commands", () => {
  let world: World;
  let cli: CommandLine;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    cli = commandLine({ TEMPORAL_ADDRESS: world.env.address });
    return () => cli.remove();
  });

  /** Begins a night of a model without a champion, and returns when its command says that it waits for a person. */
  function waitingNight(): Promise<{ end: Promise<CommandEnd> }> {
    world.use(fakeShop({ champion: null }).activities);
    return cli.runUntilSaid('waits for a person: npx nightjar approve m', 'nightly', 'm', '--wait');
  }

  it('a night that is approved is promoted: exit 0', async () => {
    const night = await waitingNight();
    expect(await cli.run('approve', 'm', '--reason', 'looks right')).toMatchObject({
      code: 0,
      json: { model: 'm', version: 1, digest: 'digest-1', decision: 'approved' },
    });
    expect(await night.end).toMatchObject({ code: 0, json: { outcome: 'promoted', version: 1 } });
    expect(await cli.run('approve', 'm')).toMatchObject({ code: 1, json: { error: 'NothingWaits' } });
  });

  it('a night that is refused is an outcome to look at: exit 2', async () => {
    const night = await waitingNight();
    expect(await cli.run('refuse', 'm', '--reason', 'too few users')).toMatchObject({ code: 0, json: { decision: 'refused' } });
    expect(await night.end).toMatchObject({ code: 2, json: { outcome: 'refused', reason: expect.stringMatching(/^Refused by .+: too few users\.$/) } });
  });

  it('a second night at the same time is told so: exit 2', async () => {
    const night = await waitingNight();
    expect(await cli.run('nightly', 'm', '--wait')).toMatchObject({ code: 2, json: { outcome: 'already-running' } });
    await cli.run('refuse', 'm');
    await night.end;
  });

  it('an unchanged night is a quiet one: exit 0', async () => {
    world.use(
      fakeShop({ refresh: async () => ({ kind: 'unchanged', snapshot: { digest: 's', trainRows: 1, testRows: 1 }, reason: 'Nothing new.' }) }).activities,
    );
    expect(await cli.run('nightly', 'm', '--wait')).toMatchObject({ code: 0, json: { outcome: 'unchanged', reason: 'Nothing new.' } });
  });

  it('a seed that is none is refused before anything starts', async () => {
    for (const seed of ['abc', '1.5', '-1'])
      expect(await cli.run('nightly', 'm', `--seed=${seed}`)).toMatchObject({ code: 1, said: expect.stringContaining('a seed is a whole number') });
  });

  it('a rejected night is not: exit 2', async () => {
    world.use(fakeShop({ evaluate: async () => gateOf('reject') }).activities);
    expect(await cli.run('nightly', 'm', '--wait')).toMatchObject({ code: 2, json: { outcome: 'rejected' } });
  });

  it('a night that cannot go on says why, as the catalogue has it: exit 1', async () => {
    const refresh = () => Promise.reject(ApplicationFailure.nonRetryable('A source of the model has no files.', 'SourceMissing'));
    world.use(fakeShop({ refresh }).activities);
    const ended = await cli.run('nightly', 'm', '--wait');
    expect(ended).toMatchObject({ code: 1, json: { error: 'SourceMissing', message: 'A source of the model has no files.' } });
    expect(ended.said).not.toContain('    at ');
  });

  it('a rollback goes to the version before and says who asked', async () => {
    const shop = fakeShop({ champion: 1 });
    world.use(shop.activities);
    expect(await cli.run('nightly', 'm', '--wait')).toMatchObject({ code: 0, json: { version: 2 } });
    expect(await cli.run('rollback', 'm', '--reason', 'complaints')).toMatchObject({
      code: 0,
      json: { outcome: 'rolled-back', version: 1, trafficBackSeconds: null },
    });
    expect(shop.routes()?.champion?.version).toBe(1);
    expect(shop.records.at(-1)?.reason).toMatch(/^Rolled back from version 2 to 1 by .+: complaints$/);
  });

  it('a rollback to another version while one is under way is refused; to the same it may be asked for again', async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const versions = { champion: { version: 2, digest: 'digest-2' }, target: { version: 1, digest: 'digest-1' } };
    const rollbackTarget = vi.fn(() => held.then(() => ({ ...versions, seen: seenRoutes(shop.routes()) })));
    const shop: Shop = fakeShop({ champion: 2, rollbackTarget });
    world.use(shop.activities);
    const first = cli.run('rollback', 'm', '--to', '1');
    await vi.waitFor(() => expect(rollbackTarget).toHaveBeenCalled(), 30_000);
    expect(await cli.run('rollback', 'm', '--to', '3')).toMatchObject({
      code: 1,
      json: { error: 'RollbackRuns', message: expect.stringContaining('to version 1') },
    });
    expect(await cli.run('rollback', 'm')).toMatchObject({ code: 1, json: { error: 'RollbackRuns' } });
    const second = cli.run('rollback', 'm', '--to', '1');
    goOn();
    for (const ended of [await first, await second]) expect(ended).toMatchObject({ code: 0, json: { outcome: 'rolled-back', version: 1 } });
  });

  it('without a server there is an answer too', async () => {
    const nowhere = commandLine({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(await nowhere.run('nightly', 'm')).toMatchObject({ code: 1, json: { error: 'NotRunning' } });
    const nothing = commandLine();
    for (const words of [['runs'], ['schedule', '--list']]) expect(await nothing.run(...words)).toMatchObject({ code: 1, json: { error: 'NotRunning' } });
    await Promise.all([nowhere.remove(), nothing.remove()]);
  });
});
