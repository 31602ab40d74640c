import type { RefreshResult, SnapshotRef } from './snapshot.ts';
import type { Aliases, Routes, SeenRoutes, WantedRoutes } from './routes.ts';
import type { MonitorPolicy } from './policy.ts';
import type {
  GateResult,
  LookReport,
  RetrainInput,
  RolloutInput,
  RolloutResult,
  RunPlan,
  RunRecord,
  Trained,
  TrialReport,
  VersionRecord,
  VersionRef,
} from './runs.ts';
import type { Outcome } from './stages.ts';

/** Every activity takes one object and gives one back; both are plain JSON and small (big things travel as Ref). */

export interface StepInput {
  model: string;
  run: string;
}

/** Pool cpu: data, evaluation, registry, judge. Rights: S3. */
export interface CpuActivities {
  planRun(input: RetrainInput): Promise<RunPlan>;
  /** Data refresh. Throws only for broken infrastructure or definitions; a bad batch is a result. */
  refresh(input: StepInput & { definition: string }): Promise<RefreshResult>;
  /** Challenger, champion and baseline on the same newest test rows, then the gate (domain/gate). */
  evaluate(input: StepInput & { snapshot: SnapshotRef; trained: Trained; champion: VersionRef | null; plan: RunPlan }): Promise<GateResult>;
  /** Makes the bundle and the next version record; the same run gets the same version again. */
  packageVersion(input: StepInput & { snapshot: SnapshotRef; trained: Trained; gate: GateResult; plan: RunPlan }): Promise<VersionRecord>;
  /** Model card as Markdown (in the bundle) and as HTML with plots (reports/). */
  writeReport(
    input: StepInput & { version: VersionRecord; outcome: Outcome | 'undecided'; reason: string; rollout: RolloutResult | null },
  ): Promise<{ key: string }>;
  /** The version that serves, or null, and the epoch of the traffic in which it was looked up: whoever claims the next one knows that nobody decided meanwhile. */
  currentChampion(input: { model: string }): Promise<{ champion: VersionRef | null; epoch: number }>;
  /** Units per hour now and whether the rollout can end in its time. Throws PlanTooLong. */
  planRollout(input: RolloutInput): Promise<{ events: number; units: number; hours: number; unitsPerHour: number }>;
  /**
   * Folds new event segments into the rollout's state and judges, again and again, until the verdict of this step is not EXTEND
   * or `reportEverySeconds` are over. Heartbeats. Repeatable: what was folded is not folded twice.
   */
  watchRollout(input: WatchInput): Promise<LookReport>;
  /** Aliases by compare-and-set: champion = version, last-good = the champion before. Absolute; the same promotion twice changes nothing. */
  promoteAliases(input: StepInput & { champion: VersionRef; epoch: number }): Promise<Aliases>;
  /** Aliases of a rollback: champion = last-good. */
  rollbackAliases(input: { model: string; by: string; epoch: number; to: number }): Promise<Aliases>;
  /** Writes the run record that `runs`, `show` and `report` read, and the note of what was last tried. */
  recordRun(input: RunRecord): Promise<void>;
  /** Compares the newest events with the champion's reference sketches and its rate at promotion. */
  observe(input: { model: string; policy: MonitorPolicy; since: string | null }): Promise<MonitorObservation>;
  /** Where a rollback would go: last-good (or the version before the champion), and the traffic as it was seen. Throws NothingToRollBackTo. */
  rollbackTarget(input: { model: string; to?: number }): Promise<{ champion: VersionRef | null; target: VersionRef; seen: SeenRoutes }>;
}

export interface WatchInput extends RolloutInput {
  stepIndex: number;
  /** When this step's share was set; milliseconds since the epoch. */
  stepStartedAt: number;
  reportEverySeconds: number;
}

export interface MonitorObservation {
  /** End of the window looked at; the next one starts here. */
  until: string;
  exposures: number;
  /** Columns over effect and significance, worst first. */
  drifted: { column: string; effect: number; p: number }[];
  /** log E of "the reward rate fell since promotion". */
  logDecay: number;
  decayed: boolean;
  champion: number | null;
  lastGood: number | null;
  promotedAt: string | null;
}

/** Pool gpu (and cpu as fallback): training. Rights: S3. */
export interface TrainActivities {
  /** Trains in a child process; heartbeats {step, manifest}; resumes from the checkpoint ledger. */
  train(input: StepInput & { snapshot: SnapshotRef; plan: RunPlan }): Promise<Trained>;
}

/** Pool deploy: servers and traffic. Rights: S3, the deploy target. */
export interface DeployActivities {
  /** Starts a server for the bundle (or finds it running), checks its digest, asks the golden queries and measures. */
  ensureServer(input: { model: string; version: number; digest: string }): Promise<TrialReport>;
  /** The same without questions and measurements, for a version that was tried before: at once when it runs, else within seconds. */
  wakeServer(input: { model: string; version: number; digest: string }): Promise<void>;
  /** Stops the servers of these versions, except those that the routes name as champion or challenger. */
  retireServers(input: { model: string; versions: number[] }): Promise<{ retired: number[] }>;
  /** Takes the traffic over for `owner`: a new epoch, which fences every older step out. The same owner gets the same epoch again. */
  claimRoutes(input: { model: string; owner: string }): Promise<Routes>;
  /**
   * All traffic to one version, in an epoch of its own: the claim and the change are one step, so that nobody is fenced out by a rollback that
   * then does nothing. Null, and nothing is changed, when the traffic is not as it was seen any more. The same owner gets the same answer again.
   */
  sendBack(input: { model: string; owner: string; to: VersionRef; seen: SeenRoutes }): Promise<Routes | null>;
  /** Sets the traffic, absolute. Throws Fenced when a newer decision stands. Returns when gateways can see it. */
  setRoutes(input: WantedRoutes): Promise<Routes>;
}

export type Activities = CpuActivities & TrainActivities & DeployActivities;
