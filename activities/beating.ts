/** Sends a heartbeat every few seconds while work goes on; long computations must let the event loop turn meanwhile. */
export async function beating<T>(heartbeat: () => void, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(heartbeat, 5_000);
  try {
    heartbeat();
    return await work();
  } finally {
    clearInterval(timer);
  }
}
