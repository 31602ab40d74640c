/** A version to be served, by number and content. */
export interface WantedServer {
  model: string;
  version: number;
  /** Bundle digest; a server with another one is not the same server. */
  digest: string;
}

export interface RunningServer extends WantedServer {
  /** Where it answers, without a path. */
  url: string;
}

/**
 * Where model servers run. Every method is absolute and may be repeated after a crash at any point;
 * servers outlive the process that started them.
 */
export interface DeployTarget {
  /** Starts the server or finds it running; resolves when it is ready. Throws ServerNotReady and BundleRefused. */
  ensure(server: WantedServer): Promise<RunningServer>;
  /** Stops it: requests in flight are answered. Nothing to stop is no failure. */
  retire(model: string, version: number): Promise<void>;
  /**
   * Starts again what should run and died or does not answer any more, ends what should not run. Tells of each server as soon as it is
   * started, before it is ready; leaves alone what `ensure` or `retire` is busy with, so looks may overlap.
   */
  reconcile(started: (server: RunningServer) => void): Promise<void>;
}
