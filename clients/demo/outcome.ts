import type { RunResult } from '../../contracts/runs.ts';
import { duration, table } from '../table.ts';
import type { Night } from './nights.ts';
import type { ShopTally } from './shop.ts';

/** A night that is over. */
export interface PlayedNight {
  night: Night;
  result: RunResult;
  shop: ShopTally | null;
  seconds: number;
}

/** `nights[i]` of the demo's JSON. */
export interface NightJson {
  night: number;
  outcome: RunResult['outcome'];
  version: number | null;
  /** Offline figures of the night's version. */
  metrics: Record<string, number>;
  /** The same of the version that served, on the same rows. */
  championMetrics: Record<string, number>;
  gate: string | null;
  /** Visitors that the challenger served. */
  exposures: number;
  /** Share of visitors who took one of the ten, by arm, as the judge counted it. */
  online: { champion: number; challenger: number } | null;
  /** Visitors who saw an error. */
  failedVisits: number;
  reason: string;
  seconds: number;
}

export function nightJson({ night, result, shop, seconds }: PlayedNight): NightJson {
  const { outcome, version, gate, rollout, reason } = result;
  const side = (name: 'challenger' | 'champion') =>
    Object.fromEntries((gate?.metrics ?? []).flatMap((row) => (row[name] === null ? [] : [[row.metric, row[name]]])));
  return {
    night: night.number,
    outcome,
    version,
    metrics: side('challenger'),
    championMetrics: side('champion'),
    gate: gate?.verdict ?? null,
    exposures: rollout?.exposures ?? 0,
    online: onlineRates(result),
    failedVisits: shop?.failed ?? 0,
    reason,
    seconds: Number(seconds.toFixed(1)),
  };
}

function onlineRates({ rollout }: RunResult): NightJson['online'] {
  const primary = rollout?.report?.rows.find(({ role }) => role === 'primary');
  return primary ? { champion: primary.champion.rate, challenger: primary.challenger.rate } : null;
}

/** One table of the nights; in brackets the version that served meanwhile. */
export function nightsTable(nights: PlayedNight[]): string {
  const rows = nights.map((played) => {
    const { outcome, version, exposures, online, seconds } = nightJson(played);
    const primary = played.result.gate?.metrics.find(({ role }) => role === 'primary');
    return [
      played.night.number,
      delivery(played.night),
      outcome,
      version,
      beside(primary?.challenger, primary?.champion),
      beside(online?.challenger, online?.champion),
      exposures > 0 ? exposures.toLocaleString('en-US') : null,
      duration(seconds * 1000),
    ];
  });
  const headings = ['night', 'data', 'outcome', 'version', 'offline', 'shoppers', 'reached', 'took'];
  return table(headings, rows);
}

function delivery({ delivered }: Night): string {
  if (!delivered) return 'nothing new';
  const { from, to, renumbered } = delivered;
  return `${Math.round(from * 100)}–${Math.round(to * 100)} %${renumbered ? ', renumbered' : ''}`;
}

/** Version that was made, and the one that served. */
function beside(made: number | null | undefined, served: number | null | undefined): string | null {
  if (made == null) return null;
  return served == null ? percent(made) : `${percent(made)} (${percent(served)})`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
