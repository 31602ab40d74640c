/** What the caller does with a failure: retry it, stop the run, or ask a person. A failure that is a *result* (a rejected gate, an invalid batch) is none of these: it is an Outcome. */
export type FailureKind = 'retry' | 'stop' | 'ask';

/**
 * The catalogue of failures. The key is the identity of a failure: it survives serialisation as the error's `name`
 * (Temporal: `ApplicationFailure.type`); match on it, never with `instanceof`, once it has crossed a process border.
 * docs/errors.md is kept equal to this table by a test.
 */
export const FAILURES = {
  // object store
  StoreUnreachable: {
    kind: 'retry',
    what: 'The object store does not answer.',
    next: 'Check that it runs (`nightjar status`); the step is repeated until it answers.',
  },
  StoreDenied: {
    kind: 'stop',
    what: 'The object store refuses the credentials or the bucket.',
    next: 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_S3 and NIGHTJAR_BUCKET.',
  },
  ObjectCorrupt: {
    kind: 'stop',
    what: 'A stored object does not match its digest.',
    next: 'Restore the object from a backup, or let the next night make a new one; nothing was served from it.',
  },
  Conflict: { kind: 'retry', what: 'Someone else wrote the same record at the same time.', next: 'Nothing to do: the step reads it again and repeats.' },
  DiskFull: { kind: 'retry', what: 'The disk is full.', next: 'Free space; the step is repeated and goes on where it stopped.' },
  // definition
  UnknownModel: { kind: 'stop', what: 'There is no model folder of this name.', next: 'Look at `models/` for the names.' },
  InvalidDefinition: { kind: 'stop', what: 'The model definition or its policy is not valid.', next: 'Mend the field named and start again.' },
  // data
  SourceMissing: {
    kind: 'stop',
    what: 'A source of the model has no files.',
    next: 'Deliver the files where the message says, or mend `sources` in the definition.',
  },
  SourceUnreadable: {
    kind: 'stop',
    what: 'A source file cannot be read as what it is declared to be.',
    next: 'Deliver the file again; the last good snapshot stays.',
  },
  SourceChanged: { kind: 'retry', what: 'A source file changed while it was read.', next: 'Nothing to do: the step reads it again.' },
  DatasetUnavailable: {
    kind: 'stop',
    what: 'A public data set cannot be had.',
    next: 'Check that Python 3 has pip and which index it is set to (`python3 -m pip config list`), then try again.',
  },
  InvalidQuery: { kind: 'stop', what: 'A query of the definition fails on the data.', next: 'Mend the SQL named; `nightjar nightly` tries it again.' },
  // training
  NoBackend: { kind: 'stop', what: 'No TensorFlow.js backend can train this network.', next: '`nightjar doctor` says which are missing and how to get them.' },
  TrainingDiverged: {
    kind: 'stop',
    what: 'The loss became NaN or infinite, also after one retry with a lower learning rate.',
    next: 'Lower `training.learningRate`, or look for extreme values in the features.',
  },
  TrainerDied: { kind: 'retry', what: 'The trainer process died.', next: 'Nothing to do: the next attempt resumes from the last checkpoint.' },
  TrainerCannotFinish: {
    kind: 'stop',
    what: 'The trainer dies again and again before its next checkpoint.',
    next: 'Look at the log of the gpu or cpu worker and at the memory of its host; lower `train.checkpointEverySeconds` when a host is too short-lived.',
  },
  LedgerTaken: { kind: 'retry', what: 'A newer attempt trains this run.', next: 'Nothing to do: the newer attempt goes on.' },
  NoTestRows: { kind: 'stop', what: 'The snapshot has no test rows.', next: 'Deliver more data or change `refresh.split`.' },
  // serving and deployment
  BundleRefused: {
    kind: 'stop',
    what: 'A bundle does not match its digest or does not answer its golden queries.',
    next: 'Nothing was served from it. Package the run again.',
  },
  ServerNotReady: {
    kind: 'retry',
    what: 'A model server did not become ready in time.',
    next: 'Look at its log, `<home>/logs/server-<model>@<version>.log`; `nightjar status` names those of the running ones.',
  },
  NoServer: { kind: 'retry', what: 'No server answers for this model.', next: 'Ship a first version with `nightjar nightly`, or look at `nightjar status`.' },
  InvalidRequest: {
    kind: 'stop',
    what: 'The request does not fit the model.',
    next: 'Mend the field named; the model page (`GET /v1/models/<model>`) shows an example.',
  },
  EventsUnwritable: {
    kind: 'retry',
    what: 'The gateway cannot write its event log.',
    next: 'Free disk space; predictions go on, rewards are refused until it can.',
  },
  HomeTaken: {
    kind: 'stop',
    what: 'Another gateway uses this home.',
    next: 'Stop it, or give this one its own NIGHTJAR_HOME.',
  },
  // registry and decisions
  Fenced: {
    kind: 'stop',
    what: 'A newer decision has been taken about this traffic; the old step may not undo it.',
    next: 'Nothing to do: the newer decision stands.',
  },
  UnknownVersion: { kind: 'stop', what: 'There is no such version.', next: '`nightjar show <model>` lists the versions.' },
  NothingToRollBackTo: { kind: 'stop', what: 'There is no earlier good version.', next: 'Ship a mended version; `nightjar show <model>` lists them.' },
  RollbackRuns: {
    kind: 'stop',
    what: 'A rollback to another version is under way.',
    next: 'Wait for it (`nightjar runs` lists it when it is over), then ask again.',
  },
  PlanTooLong: {
    kind: 'ask',
    what: 'The rollout cannot reach a verdict within its time at the current traffic.',
    next: 'Give the rollout more time or a larger share in `rollout`, or wait for more traffic.',
  },
  DecisionRefused: {
    kind: 'stop',
    what: 'The decision does not fit what waits for it.',
    next: 'Look at `nightjar status` for what waits, and decide on that digest.',
  },
  RunUnanswered: {
    kind: 'stop',
    what: 'A run is open, but no worker answers for it.',
    next: 'Look at `worker-orchestrator` in `nightjar status` and at its log; the run goes on when a worker is back.',
  },
  NothingWaits: { kind: 'stop', what: 'Nothing waits for approval.', next: '`nightjar status` says which runs wait.' },
  InvalidSchedule: { kind: 'stop', what: 'The schedule is not valid.', next: "Write it as `--cron '0 2 * * *' --timezone Europe/Berlin`." },
  NoSchedule: { kind: 'stop', what: 'The model has no schedule.', next: "`nightjar schedule <model> --cron '0 2 * * *'` makes one." },
  // stack
  DemoRunning: { kind: 'stop', what: 'A demo is running in this folder.', next: 'Stop it (Ctrl-C), or give this one another folder: `--dir <folder>`.' },
  NotRunning: { kind: 'stop', what: 'The stack is not running.', next: '`npx nightjar up` starts it.' },
  EngineMissing: { kind: 'stop', what: 'A program that the stack needs is missing.', next: '`npx nightjar doctor` says which and how to get it.' },
  EngineFailed: {
    kind: 'retry',
    what: 'A program of the stack does not start or does not stay up.',
    next: 'Look at the log named; `npx nightjar up` tries again.',
  },
  PortTaken: { kind: 'stop', what: 'A port is taken by another program.', next: 'Choose another port or stop that program.' },
} as const satisfies Record<string, { kind: FailureKind; what: string; next: string }>;

export type FailureType = keyof typeof FAILURES;

/** Types that a retry cannot mend; derived, so that the table stays the only list. */
export const NON_RETRYABLE: FailureType[] = (Object.keys(FAILURES) as FailureType[]).filter((type) => FAILURES[type].kind !== 'retry');

/** An error of the catalogue. The message says what happened, where, and what to do next. */
export class NightjarError extends Error {
  /** @param where what it happened to: the model, file, column, key, port … Never a customer's row. */
  constructor(
    readonly type: FailureType,
    where: string,
    options?: { cause?: unknown },
  ) {
    super(`${FAILURES[type].what} ${where} Next: ${FAILURES[type].next}`.replace(/\s+/g, ' ').trim(), options);
    this.name = type;
    // Temporal names a failure after the constructor of the error, not after its `name`; NON_RETRYABLE would match nothing.
    Object.defineProperty(this, 'constructor', { value: { name: type } });
  }
}

/** The catalogue type of any error, also of one that crossed a process border (then its `type` or `name` tells). */
export function failureType(error: unknown): FailureType | undefined {
  const { type, name } = (error ?? {}) as { type?: unknown; name?: unknown };
  const found = [type, name].find((word) => typeof word === 'string' && word in FAILURES);
  return found as FailureType | undefined;
}
