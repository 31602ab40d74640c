import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runs } from '../../adapters/process-identity.ts';
import { stackFolder, type StackFolder } from '../../clients/stack/folder.ts';
import { stackProcesses } from '../../clients/stack/leftovers.ts';
import { livingStack, type StackRecord } from '../../clients/stack/record.ts';
import { missing } from '../support/engines.ts';
import { commandLine, type CommandLine } from '../support/nightjar.ts';
import { until } from '../support/until.ts';

describe.skipIf(missing('temporal') || missing('s3'))('a stack that is killed', () => {
  let stack: CommandLine;
  let folder: StackFolder;
  beforeEach(async () => {
    stack = commandLine();
    folder = stackFolder(stack.dir);
    expect(await stack.run('up', '--detach')).toMatchObject({ code: 0 });
  });
  afterEach(() => stack.remove());

  const living = (): StackRecord => livingStack(folder)!;
  const kill = (pids: number[]) => pids.forEach((pid) => process.kill(pid, 'SIGKILL'));
  const schedules = async () => (await stack.run('schedule', '--list')).json;

  it('part by part: every part is started again by itself', async () => {
    const before = living().processes;
    kill(before.map(({ pid }) => pid));
    await until(() => living().processes.every(({ restarts, ...identity }) => restarts === 1 && runs(identity)), 60);
    expect(
      living()
        .processes.map(({ name }) => name)
        .sort(),
    ).toEqual(before.map(({ name }) => name).sort());
    expect(await stack.run('status')).toMatchObject({ code: 0 });
  });

  it('as a whole, at once: the next start finds what was there', async () => {
    await stack.run('schedule', 'recommendation', '--cron', '0 2 * * *');
    const { pid, ports, processes } = living();
    kill([pid, ...processes.map((each) => each.pid)]);
    expect(await stack.run('status')).toMatchObject({ code: 1, json: { error: 'NotRunning' } });
    expect(await stack.run('up', '--detach')).toMatchObject({ code: 0, json: { up: true, ports } });
    expect(await schedules()).toMatchObject([{ model: 'recommendation', cron: '0 2 * * *' }]);
  });

  it('at its supervisor: the next start ends what was left, and down does too', async () => {
    for (const words of [['up', '--detach'], ['down']]) {
      const { pid, processes } = living();
      kill([pid]);
      expect(stackProcesses(folder)).toHaveLength(processes.length);
      expect(await stack.run(...words)).toMatchObject({ code: 0 });
      expect(processes.filter((each) => runs(each))).toEqual([]);
    }
    expect(stackProcesses(folder)).toEqual([]);
  });
});
