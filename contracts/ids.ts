/** Workflow ids are built from business keys, never random: the same id twice is the guard against doing something twice. */
export const retrainId = (model: string): string => `retrain/${model}`;
export const nightlyId = (model: string): string => `nightly/${model}`;
export const rolloutId = (model: string, version: number): string => `rollout/${model}@${version}`;
/** How a rollout is called in routes, events and object keys. */
export const rolloutName = (model: string, version: number): string => `${model}@${version}`;
export const monitorId = (model: string): string => `monitor/${model}`;
export const rollbackId = (model: string): string => `rollback/${model}`;
export const scheduleId = (model: string): string => `nightly/${model}`;

/** Model names travel in object keys, urls, image names and workflow ids: lower-case words joined by hyphens. */
export const MODEL_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Where each thing lives in the object store (design: section 6). */
export const keys = {
  snapshot: (digest: string) => `snapshots/${digest}`,
  latestSnapshot: (model: string) => `models/${model}/snapshot.json`,
  quarantine: (model: string, run: string) => `quarantine/${model}/${run}`,
  checkpoints: (run: string) => `runs/${run}/checkpoints`,
  /** What a training ended with, by content. */
  trained: (run: string, sha256: string) => `runs/${run}/trained/${sha256}`,
  runRecord: (model: string, run: string) => `models/${model}/runs/${run}.json`,
  /** Evidence that the champion's reward rate fell since its promotion. */
  decay: (model: string) => `models/${model}/decay.json`,
  lastTried: (model: string) => `models/${model}/last-tried.json`,
  bundle: (digest: string) => `bundles/${digest}`,
  versions: (model: string) => `models/${model}/versions/`,
  version: (model: string, version: number) => `models/${model}/versions/${String(version).padStart(6, '0')}.json`,
  aliases: (model: string) => `models/${model}/aliases.json`,
  routes: (model: string) => `models/${model}/routes.json`,
  endpoints: (model: string) => `models/${model}/endpoints.json`,
  events: (model: string) => `events/${model}/`,
  evidence: (digest: string) => `evidence/${digest}.json`,
  rolloutState: (rollout: string) => `rollouts/${rollout}/state.json`,
  report: (model: string, version: number) => `reports/${model}/${version}/index.html`,
  workflowBuild: (buildId: string) => `builds/${buildId}/workflows.js`,
} as const;
