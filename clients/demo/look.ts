import type { LookProgress } from '../../contracts/messages.ts';
import { bar } from '../live-line.ts';
import type { ShopTally } from './shop.ts';

/** Evidence that a bar is full at: what the judge needs to call a metric better at 5 %, whatever the policy's own figure. */
const FULL = Math.log(20);

/** Who was served, who took one of the ten, and how far the judge is from either proof. */
export function describeLook(look: LookProgress | null, { visits, hits, failed }: ShopTally): string {
  const rate = (arm: 'champion' | 'challenger') => (visits[arm] > 0 ? `${((100 * hits[arm]) / visits[arm]).toFixed(1)} % of ${visits[arm]}` : 'nobody yet');
  const primary = look?.rows.find(({ role }) => role === 'primary');
  const evidence = primary ? ` · better ${bar(Math.max(0, primary.logSuperior), FULL, 10)} worse ${bar(Math.max(0, primary.logHarm), FULL, 10)}` : '';
  return `hits: champion ${rate('champion')}, challenger ${rate('challenger')}${evidence}${failed > 0 ? ` · ${failed} saw an error` : ''}`;
}
