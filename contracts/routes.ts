/** One side of the traffic. */
export interface Arm {
  version: number;
  /** Bundle digest; a server that reports another is not used. */
  digest: string;
}

/**
 * Desired traffic of one model: `models/<model>/routes.json`. Gateways read it, only compare-and-set changes it.
 * (epoch, step) is the fencing number: a decision claims a new epoch; within it steps only go forward,
 * so a late retry of an older step can never undo a newer decision.
 */
export interface Routes {
  model: string;
  epoch: number;
  step: number;
  /** Who holds the epoch: a workflow id. */
  owner: string;
  champion: Arm | null;
  challenger: Arm | null;
  /** Rollout id while a challenger takes traffic; part of the sticky hash, so each rollout draws other units. */
  rollout: string | null;
  /** Challenger's share of units, 0–100. */
  percent: number;
  /** Earlier version kept running for a quick way back. */
  warm: Arm | null;
  changedAt: string;
}

/** Which change of the traffic was the last that someone saw; zeros before the first. */
export type SeenRoutes = Pick<Routes, 'epoch' | 'step'>;

/** What a step wants; absolute, never relative to what stands. */
export type WantedRoutes = Omit<Routes, 'changedAt'>;

/** Where each version answers: `models/<model>/endpoints.json`, written by the deploy pool only. */
export interface Endpoints {
  model: string;
  servers: { version: number; digest: string; url: string }[];
}

/** `models/<model>/aliases.json`; changed only by compare-and-set. */
export interface Aliases {
  champion: number | null;
  lastGood: number | null;
  /** Epoch of the routes in which this was decided; an older epoch may not write (Fenced). */
  epoch: number;
  /** When the champion became it. */
  promotedAt: string;
  /** Run whose promotion or rollback wrote this. */
  by: string;
  changedAt: string;
}

/**
 * Steps of an epoch. A rollout's steps are 1, 2, 3 …; traffic goes back while a person is asked, a promotion is later than all of these, and the way back is later than everything:
 * whichever late retry arrives, it cannot undo what came after it.
 */
export const ROUTE_STEP = { asked: 1_000, promoted: 2_000, back: 3_000 } as const;
