import type { GateResult, LookReport, MetricRow, RolloutMetricRow, VersionRef } from '../contracts/runs.ts';
import type { RunStatus } from '../contracts/messages.ts';

/** Markdown for the Temporal UI: where the run is, who must act with which command, and the evidence. Small numbers only, no customer data. */
export function runDetails(status: RunStatus, gate: GateResult | null, look: LookReport | null): string {
  const version = status.version === null ? '' : ` · version ${status.version}`;
  const digest = status.digest ? ` · \`${status.digest.slice(0, 12)}\`` : '';
  return [
    `**${status.outcome ?? status.stage}**${version}${digest}`,
    status.note,
    status.waitsFor && `### Waits for a person\n\n${status.waitsFor}`,
    gate && `### Gate: ${gate.verdict}\n\n${gate.reasons.map((reason) => `- ${reason}`).join('\n')}\n\n${metricTable(gate.metrics)}`,
    look && rolloutDetails(look, status.percent),
  ]
    .filter(Boolean)
    .join('\n\n');
}

export function rolloutDetails(look: LookReport, percent: number): string {
  return [
    `### Rollout: ${look.verdict} at ${percent} %`,
    look.reasons.map((reason) => `- ${reason}`).join('\n'),
    `${look.looks} looks · champion ${look.units.champion} units · challenger ${look.units.challenger} units · evidence \`${look.evidence.key}\``,
    rolloutTable(look.rows),
  ].join('\n\n');
}

/** The command that a person gives to decide, and the way through the UI. */
export function howToDecide(model: string, waiting: VersionRef, expiresAt: string): string {
  return [
    `Version ${waiting.version} of **${model}** waits for approval until ${expiresAt}.`,
    `Look at the evidence below and at \`npx nightjar report ${model}\`, then decide:`,
    `\`\`\`\nnpx nightjar approve ${model} --reason "…"\nnpx nightjar refuse ${model} --reason "…"\n\`\`\``,
    `Or send this workflow the signal \`approve\` or \`refuse\`, with input \`{"by":"your name","reason":"…"}\`.`,
  ].join('\n\n');
}

const metricTable = (rows: MetricRow[]): string =>
  [
    '| metric | challenger | champion | baseline | difference (interval) |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.metric} (${row.role}) | ${number(row.challenger)} | ${number(row.champion)} | ${number(row.baseline)} | ${interval(row)} |`),
  ].join('\n');

const interval = (row: MetricRow): string => (row.difference === null ? '–' : `${number(row.difference)} (${number(row.low)} … ${number(row.high)})`);

const rolloutTable = (rows: RolloutMetricRow[]): string =>
  [
    '| metric | champion | challenger | effect (interval) | |',
    '|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| ${row.metric} (${row.role}) | ${arm(row.champion)} | ${arm(row.challenger)} | ${number(row.effect)} (${number(row.low)} … ${number(row.high)}) | ${row.state} |`,
    ),
  ].join('\n');

const arm = (side: { units: number; events: number; rate: number }): string => `${number(side.rate)} (${side.events} of ${side.units})`;

const number = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? '–' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
