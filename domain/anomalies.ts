import type { Anomaly } from '../contracts/snapshot.ts';

/** One sentence per broken rule, worst first, for the history and the CLI. */
export function describeAnomalies(anomalies: Anomaly[], quarantine: string): string {
  const worstFirst = [...anomalies].sort((a, b) => b.rows / Math.max(1, b.of) - a.rows / Math.max(1, a.of));
  const said = worstFirst.slice(0, 5).map((anomaly) => anomaly.message);
  const more = anomalies.length > 5 ? [`${anomalies.length - 5} more rules are broken.`] : [];
  return [...said, ...more, `The batch is quarantined at ${quarantine}; the last good snapshot stays.`].join(' ');
}
