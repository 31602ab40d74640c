import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { NightjarError } from '../../contracts/errors.ts';
import { crashPoint } from '../crash-points.ts';
import { freePort, isFree } from '../engines/ports.ts';
import { end, launch, type Running } from '../engines/processes.ts';
import { identityOf, runs, type ProcessIdentity } from '../process-identity.ts';
import { probe } from './probe.ts';
import { restarts } from './restarts.ts';
import { serverLog, serverRecords, type ServerRecord } from './server-records.ts';
import { SILENT_MILLISECONDS, silence } from './silence.ts';
import type { DeployTarget, RunningServer, WantedServer } from './target.ts';

export interface ProcessTargetDeps {
  /** Records stand in `<home>/servers`, logs in `<home>/logs`. */
  home: string;
  /** The model server's program. */
  program: string;
  environment: NodeJS.ProcessEnv;
  /** How long a server may take to read its bundle and answer its golden queries. */
  readySeconds: number;
  log: Pick<Logger, 'info' | 'warn'>;
}

/** A server that refuses its bundle ends with this code (serving/run-model-server.ts): starting it again cannot help. */
const REFUSED = 3;
const MAX_STARTS = 3;
const STOP_MILLISECONDS = 6000;
const LOOK_MILLISECONDS = 25;

/** Model servers as processes of this machine, on loopback. */
export function processTarget({ home, program, environment, readySeconds, log }: ProcessTargetDeps): DeployTarget {
  const records = serverRecords(home);
  const started = new Map<string, Running>();
  const pace = restarts();
  const quiet = silence();
  const { inTurn, isBusy } = turns();
  const logOf = (wanted: WantedServer) => serverLog(home, wanted);

  const ensure = async (wanted: WantedServer): Promise<RunningServer> => {
    let record = await records.read(wanted.model, wanted.version);
    if (record && record.digest !== wanted.digest) {
      await stop(record);
      record = null;
    }
    record = await records.write({ ...wanted, port: record?.port ?? (await freePort()), process: record?.process ?? null, desired: true });
    return untilReady(record);
  };

  /** Looks, starts when nothing runs, looks again: whatever a killed process left half done, this goes on from there. */
  async function untilReady(record: ServerRecord): Promise<RunningServer> {
    const until = Date.now() + readySeconds * 1000;
    for (let starts = 0; Date.now() < until; await sleep(LOOK_MILLISECONDS)) {
      const answer = await probe(record);
      if (answer && answer.pid !== record.process?.pid) record = await records.write({ ...record, process: identityOf(answer.pid) });
      if (answer?.ready) return runningServer(record);
      if (answer || (record.process && runs(record.process))) continue;
      if (await refused(record)) throw new NightjarError('BundleRefused', `${keyOf(record)}: ${lastLine(started.get(keyOf(record))!)}`);
      if (starts++ === MAX_STARTS) break;
      record = await start(record);
    }
    throw new NightjarError('ServerNotReady', `${keyOf(record)} did not answer within ${readySeconds} s; its log: ${logOf(record)}.`);
  }

  async function start(record: ServerRecord): Promise<ServerRecord> {
    const { model, version, digest } = record;
    // The port is on record before anything listens there: after a kill in between, the next look finds the server by it.
    const chosen = await records.write({ ...record, process: null, port: (await isFree(record.port)) ? record.port : await freePort() });
    const parameters = [program, '--model', model, '--version', String(version), '--digest', digest, '--port', String(chosen.port)];
    const running = launch({ program: process.execPath, parameters, environment, log: logOf(record) });
    crashPoint('server-after-start');
    started.set(keyOf(record), running);
    log.info({ model, version, port: chosen.port, pid: running.identity.pid }, 'model server started');
    return records.write({ ...chosen, process: running.identity });
  }

  async function refused(record: ServerRecord): Promise<boolean> {
    const before = started.get(keyOf(record));
    return before !== undefined && record.process?.pid === before.identity.pid && (await before.exited) === REFUSED;
  }

  async function stop(record: ServerRecord): Promise<void> {
    await records.write({ ...record, desired: false }); // first, so that nobody starts it again
    const answer = await probe(record);
    for (const identity of [record.process, answer && identityOf(answer.pid)]) if (identity) await end(identity, STOP_MILLISECONDS);
    await records.remove(record.model, record.version);
  }

  async function reconcileOne(found: ServerRecord): Promise<RunningServer | null> {
    const record = await records.read(found.model, found.version);
    if (!record) return null;
    if (!record.desired) return stop(record).then(() => null);
    const answer = await probe(record);
    if (answer) {
      quiet.broken(keyOf(record), answer.pid);
      if (answer.pid === record.process?.pid) return null;
      return runningServer(await records.write({ ...record, process: identityOf(answer.pid) })); // its starter was killed before it could write that down
    }
    const living = record.process && runs(record.process) ? record.process : null;
    if (living && !hangs(record, living)) return null;
    if (!pace.mayStart(keyOf(record), Date.now())) return null;
    if (living) {
      log.warn({ model: record.model, version: record.version, pid: living.pid }, 'model server does not answer; it is started again');
      await end(living, STOP_MILLISECONDS);
    }
    return runningServer(await start(record)); // does not wait until it is ready
  }

  /** One that this process started may still be reading its bundle. */
  function hangs(record: ServerRecord, { pid }: ProcessIdentity): boolean {
    const startedHere = started.get(keyOf(record))?.identity.pid === pid;
    return quiet.lasts(keyOf(record), pid, Date.now(), startedHere ? readySeconds * 1000 : SILENT_MILLISECONDS);
  }

  return {
    ensure: (wanted) => inTurn(keyOf(wanted), () => ensure(wanted)),
    retire: (model, version) =>
      inTurn(keyOf({ model, version }), async () => {
        const record = await records.read(model, version);
        if (record) await stop(record);
      }),
    async reconcile(tell) {
      const free = (await records.all()).filter((record) => !isBusy(keyOf(record)));
      await Promise.all(
        free.map(async (record) => {
          const server = await inTurn(keyOf(record), () => reconcileOne(record));
          if (server) tell(server);
        }),
      );
    },
  };
}

const keyOf = ({ model, version }: { model: string; version: number }): string => `${model}@${version}`;
const runningServer = ({ model, version, digest, port }: ServerRecord): RunningServer => ({ model, version, digest, url: `http://127.0.0.1:${port}` });
const lastLine = (running: Running): string => running.output().trimEnd().split('\n').at(-1) ?? '';

/** Runs what concerns one server one after the other. */
function turns() {
  const last = new Map<string, Promise<unknown>>();
  return {
    isBusy: (key: string): boolean => last.has(key),
    inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
      const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
      last.set(key, mine);
      const over = () => void (last.get(key) === mine && last.delete(key));
      mine.then(over, over);
      return mine;
    },
  };
}
