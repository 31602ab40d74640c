import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
  ApplicationFailure,
} from '@temporalio/workflow';
import { MESSAGES, type Decision, type RunStatus } from '../contracts/messages.ts';
import type { GateResult, RetrainInput, RolloutResult, RunPlan, RunRecord, RunResult, VersionRecord, VersionRef } from '../contracts/runs.ts';
import { ModelName, ModelVersion, NeedsApproval, OutcomeKey, StageKey } from '../contracts/search-attributes.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { Outcome, Stage, Trigger } from '../contracts/stages.ts';
import { whyNotDecidable, type Waiting } from '../domain/approval.ts';
import { howToDecide, runDetails } from '../domain/details.ts';

export const statusQuery = defineQuery<RunStatus>(MESSAGES.status);
export const decideUpdate = defineUpdate<string, [Decision]>(MESSAGES.decide);
export const approveSignal = defineSignal<[Omit<Decision, 'approve'>?]>(MESSAGES.approve);
export const refuseSignal = defineSignal<[Omit<Decision, 'approve'>?]>(MESSAGES.refuse);
/** Sent by `rollback`: a newer decision about the traffic has been taken, this run may not go on. */
export const abortSignal = defineSignal<[string]>(MESSAGES.abort);

/** What a run shows to people (query, search attributes, current details) and hears from them (decisions, abort). */
export class Run {
  readonly id = workflowInfo().runId;
  readonly owner = `${workflowInfo().workflowId}/${this.id}`;
  /** Everything but the closing words runs in here, so that an abort stops it wherever it is. */
  readonly scope = new CancellationScope();
  readonly model: string;
  private readonly trigger: Trigger;
  private readonly startedAt = new Date().toISOString();
  private readonly shown: RunStatus;
  private waiting: Waiting | null = null;
  private gate: GateResult | null = null;
  private rollout: RolloutResult | null = null;
  private snapshot: SnapshotRef | null = null;
  private plan: RunPlan | null = null;
  /** The version that this run made, once it did. */
  version: VersionRecord | null = null;
  /** Why the run was told to stop; null while it was not. */
  aborted: string | null = null;

  /** Handlers are set before the first await: an update that comes with the start would be rejected otherwise. */
  constructor(input: RetrainInput) {
    this.model = input.model;
    this.trigger = input.trigger;
    this.shown = {
      model: input.model,
      stage: 'refresh',
      since: this.startedAt,
      version: null,
      digest: null,
      waitsFor: null,
      note: `Started by ${input.trigger}.`,
      percent: 0,
      outcome: null,
      progress: null,
    };
    setHandler(statusQuery, () => this.shown, { description: 'Where the run is and what it waits for.' });
    setHandler(decideUpdate, (decision) => this.decide(decision), {
      description: 'Approve or refuse the version that waits.',
      validator: (decision) => this.check(decision, 'update'),
    });
    setHandler(approveSignal, (about) => this.hear({ by: 'signal', ...about, approve: true }), { description: 'Approve the version that waits.' });
    setHandler(refuseSignal, (about) => this.hear({ by: 'signal', ...about, approve: false }), { description: 'Refuse the version that waits.' });
    setHandler(abortSignal, (why) => this.abort(why), { description: 'Stop: a newer decision about the traffic stands.' });
    upsertSearchAttributes([{ key: ModelName, value: input.model }]);
    this.show();
  }

  enter(stage: Stage, note = ''): void {
    Object.assign(this.shown, { stage, note, since: new Date().toISOString() });
    upsertSearchAttributes([{ key: StageKey, value: stage }]);
    this.show();
  }

  say(note: string): void {
    this.shown.note = note;
    this.show();
  }

  plannedWith(plan: RunPlan): void {
    this.plan = plan;
  }

  trainsOn(snapshot: SnapshotRef): void {
    this.snapshot = snapshot;
  }

  judgedBy(gate: GateResult): void {
    this.gate = gate;
    this.show();
  }

  carries(version: VersionRecord): void {
    this.version = version;
    Object.assign(this.shown, { version: version.version, digest: version.digest });
    upsertSearchAttributes([{ key: ModelVersion, value: version.version }]);
    this.show();
  }

  rolledOut(result: RolloutResult): void {
    this.rollout = result;
    this.shown.percent = result.percent;
    this.show();
  }

  /** Asks a person, as long as policy allows; waiting takes no worker. Null when the version is approved, else how the run ends. */
  async approval(version: VersionRef, plan: RunPlan, why: string): Promise<RunResult | null> {
    this.enter('approve', why);
    const decision = await this.decision(version, plan.policy.approval.expiresAfterSeconds);
    if (decision === null) return this.ends('expired', `Nobody decided within ${plan.policy.approval.expiresAfterSeconds} s.`);
    const { approve, by, reason } = decision;
    if (!approve) return this.ends('refused', `Refused by ${by}${reason ? `: ${reason}` : ''}.`);
    this.say(`Approved by ${by}${reason ? `: ${reason}` : ''}.`);
    return null;
  }

  ends(outcome: Outcome, reason: string): RunResult {
    Object.assign(this.shown, { outcome, note: reason, waitsFor: null });
    upsertSearchAttributes([{ key: OutcomeKey, value: outcome }]);
    this.asks(null);
    const { model, stage, version } = this.shown;
    const { gate, rollout } = this;
    return { model, outcome, reason, version, stage, snapshot: this.snapshot?.digest ?? null, definition: this.plan?.definition, gate, rollout };
  }

  record(result: RunResult): RunRecord {
    return { ...result, run: this.id, trigger: this.trigger, startedAt: this.startedAt, endedAt: new Date().toISOString() };
  }

  private async decision(version: VersionRef, expiresAfterSeconds: number): Promise<Decision | null> {
    const expiresAt = Date.now() + expiresAfterSeconds * 1000;
    this.waiting = { digest: version.digest, expiresAtMilliseconds: expiresAt, decision: null };
    this.asks(howToDecide(this.model, version, new Date(expiresAt).toISOString()));
    try {
      await condition(() => this.waiting?.decision != null, expiresAfterSeconds * 1000, { summary: `approval of ${this.model}@${version.version}` });
      return this.waiting.decision;
    } finally {
      this.waiting = null; // also when a rollback stopped the wait: a decision would be accepted and mean nothing
      this.asks(null);
    }
  }

  private asks(forWhat: string | null): void {
    this.shown.waitsFor = forWhat;
    upsertSearchAttributes([{ key: NeedsApproval, value: forWhat !== null }]);
    this.show();
  }

  private abort(why: string): void {
    this.aborted ??= String(why);
    this.scope.cancel();
  }

  private check(decision: Decision, how: 'update' | 'signal'): void {
    const why = whyNotDecidable(this.waiting, decision, Date.now(), how);
    if (why) throw ApplicationFailure.nonRetryable(why, 'DecisionRefused');
  }

  private decide(decision: Decision): string {
    this.waiting!.decision = decision;
    return decision.approve ? 'approved' : 'refused';
  }

  /** A signal cannot be refused, so one that does not fit is noted and changes nothing. */
  private hear(decision: Decision): void {
    const why = whyNotDecidable(this.waiting, decision, Date.now(), 'signal');
    if (why) this.say(`A signal from ${decision.by} was not taken: ${why}`);
    else this.decide(decision);
  }

  private show(): void {
    setCurrentDetails(runDetails(this.shown, this.gate, this.rollout?.report ?? null));
  }
}
