/** Style of the report: readable in light and dark and on paper, nothing loaded from anywhere. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --muted: #5d6875; --paper: #ffffff; --panel: #f5f7f9; --rule: #d9dfe5; --ours: #1d5fd1; --other: #8593a3; --base: #c3ccd5; --good: #157a4a; --bad: #b3401a; --open: #8a6100; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --muted: #98a5b3; --paper: #12171d; --panel: #1a2129; --rule: #2e3944; --ours: #6ea8ff; --other: #7f8d9c; --base: #46525e; --good: #4cc38a; --bad: #ff8a5c; --open: #e0b44c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 54rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif; }
header { border-bottom: 1px solid var(--rule); padding-bottom: 1.25rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; letter-spacing: -.01em; }
h1 small { color: var(--muted); font-weight: 400; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
p { margin: .4rem 0; }
ul { margin: .4rem 0; padding-left: 1.2rem; }
.muted { color: var(--muted); fill: var(--muted); }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: 999px; padding: .05rem .7rem; margin-right: .4rem; font-weight: 600; font-size: .9rem; }
.badge.good { color: var(--good); } .badge.bad { color: var(--bad); } .badge.open { color: var(--open); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.4rem 0 0; padding: 0; list-style: none; }
.figures li { background: var(--panel); border-radius: .5rem; padding: .7rem .9rem; }
.figures b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.figures span { color: var(--muted); font-size: .85rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { color: var(--muted); font-weight: 500; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: .5rem 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, monospace; }
figure { margin: 1rem 0; overflow-x: auto; } figcaption { color: var(--muted); font-size: .85rem; margin-top: .2rem; }
svg { display: block; width: 100%; min-width: 36rem; height: auto; font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; } svg .muted { fill: var(--muted); }
svg .grid { stroke: var(--rule); } svg .zero { stroke: var(--muted); stroke-width: 1.5; } svg .margin { stroke: var(--open); stroke-width: 2; }
svg .line { fill: none; stroke: var(--ours); stroke-width: 2; stroke-linejoin: round; } svg .dot { fill: var(--ours); }
svg .challenger { fill: var(--ours); } svg .champion { fill: var(--other); } svg .baseline { fill: var(--base); }
svg .interval { stroke: var(--ours); stroke-width: 2.5; stroke-linecap: round; }
svg .better .dot { fill: var(--good); } svg .better .interval { stroke: var(--good); }
svg .worse .dot { fill: var(--bad); } svg .worse .interval { stroke: var(--bad); }
svg .open .dot { fill: var(--other); } svg .open .interval { stroke: var(--other); }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } figure, tr, .figures { break-inside: avoid; } h2 { break-after: avoid; } }
`;
