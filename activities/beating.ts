/** What an activity has from its worker while it works. */
export interface Pulse {
  /** Called every few seconds; through it a cancellation arrives. */
  heartbeat(): void;
  /** Rejects when the activity is cancelled. Left out where nobody can cancel. */
  cancelled?(): Promise<never>;
}

/**
 * Sends a heartbeat every few seconds while work goes on; long computations must let the event loop turn meanwhile. A cancellation ends it
 * at once: the work is left to end by itself, which does no harm because every activity may be repeated at any point.
 */
export async function beating<T>({ heartbeat, cancelled }: Pulse, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(heartbeat, 5_000);
  try {
    heartbeat();
    return await (cancelled ? Promise.race([work(), cancelled()]) : work());
  } finally {
    clearInterval(timer);
  }
}
