import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { splitOf, type Served, type Watch } from './predict.ts';

export interface GatewayMetrics {
  registry: Registry;
  watch: Watch;
  rewarded(models: Record<string, number>): void;
  uploadFailed(model: string): void;
}

/** What the gateway tells Prometheus. Labels are bounded: no unit, no reward name. */
export function gatewayMetrics(all: () => Served[]): GatewayMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const exposures = new Counter({
    name: 'nightjar_exposures_total',
    help: 'Units served, by assigned arm.',
    labelNames: ['model', 'arm', 'version', 'status'],
    registers,
  });
  const failovers = new Counter({
    name: 'nightjar_failovers_total',
    help: 'Answers given by another version than the assigned one.',
    labelNames: ['model', 'arm'],
    registers,
  });
  const unanswered = new Counter({ name: 'nightjar_unanswered_total', help: 'Requests that no server answered.', labelNames: ['model'], registers });
  const seconds = new Histogram({
    name: 'nightjar_arm_seconds',
    help: 'Time of the assigned arm to answer.',
    labelNames: ['model', 'arm'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  });
  const rewards = new Counter({ name: 'nightjar_rewards_total', help: 'Rewards acknowledged.', labelNames: ['model'], registers });
  const uploadFailures = new Counter({
    name: 'nightjar_segment_upload_failures_total',
    help: 'Attempts to upload an event segment that failed.',
    labelNames: ['model'],
    registers,
  });

  const perModel = (name: string, help: string, value: (served: Served) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['model'],
      registers,
      collect() {
        for (const served of all()) this.set({ model: served.traffic.model }, value(served));
      },
    });
  perModel('nightjar_challenger_percent', 'Share of units that the challenger serves.', ({ traffic }) =>
    traffic.routes ? splitOf(traffic.routes).share * 100 : 0,
  );
  perModel('nightjar_champion_version', 'Version that serves; 0 for none.', ({ traffic }) => traffic.routes?.champion?.version ?? 0);
  perModel('nightjar_routes_epoch', 'Epoch of the routes in use.', ({ traffic }) => traffic.routes?.epoch ?? 0);
  perModel('nightjar_routes_read_timestamp_seconds', 'When the routes were last read.', ({ traffic }) => traffic.readAt / 1000);
  perModel('nightjar_segments_waiting', 'Event segments that wait for the object store.', ({ events }) => events.waiting);
  perModel('nightjar_events_dropped', 'Exposures dropped because the disk took none.', ({ events }) => events.dropped);

  return {
    registry,
    watch(model, { arm, version, status, milliseconds }, units, answeredBy) {
      exposures.inc({ model, arm, version, status }, units);
      seconds.observe({ model, arm }, milliseconds / 1000);
      if (answeredBy === null) unanswered.inc({ model });
      else if (answeredBy !== version) failovers.inc({ model, arm });
    },
    rewarded(models) {
      for (const [model, count] of Object.entries(models)) rewards.inc({ model }, count);
    },
    uploadFailed: (model) => uploadFailures.inc({ model }),
  };
}
