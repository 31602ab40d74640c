import { readBundleJson } from '../adapters/bundles.ts';
import type { CpuActivities } from '../contracts/activities.ts';
import { keys } from '../contracts/ids.ts';
import type { ObjectStore } from '../contracts/store.ts';
import type { Facts } from '../domain/report/facts.ts';
import { reportPage } from '../domain/report/page.ts';

export interface ReportDeps {
  store: ObjectStore;
}

/** The report of a version, rewritten whole whenever something came of it; the same input gives the same page. */
export function createReportActivities({ store }: ReportDeps): Pick<CpuActivities, 'writeReport'> {
  return {
    async writeReport({ model, version: record, outcome, reason, rollout }) {
      const { version, digest, createdAt } = record;
      const facts = await readBundleJson<Facts>(store, digest, 'facts.json');
      const key = keys.report(model, version);
      await store.put(key, reportPage(facts, { version, digest, createdAt, outcome, reason, rollout }), 'text/html; charset=utf-8');
      return { key };
    },
  };
}
