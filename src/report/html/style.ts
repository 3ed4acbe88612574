/** The look of a report: light and dark, on narrow and wide screens, on paper. Colours have a contrast of 4.5 or more. */

const LIGHT = `
  --page: #f4f5f7; --sheet: #ffffff; --ink: #1a2027; --soft: #535e6a; --line: #dfe3e8; --faint: #eef1f4;
  --ok: #146c3a; --bad: #b3261e; --warn: #7d4e00; --calm: #535e6a;
  --ok-tint: #e8f4ec; --bad-tint: #fdecea; --warn-tint: #fdf3e0; --calm-tint: #eef1f4;
  --new: #1f66c9; --changed: #7b4bb8; --same: #8792a0; --rejected: #b3261e; --skipped: #a87512;
  --work: #1f66c9; --wait: #a87512;`;

const DARK = `
  --page: #111418; --sheet: #1a1f25; --ink: #e7eaee; --soft: #a6b1bd; --line: #323a44; --faint: #232a32;
  --ok: #6fcf97; --bad: #ff9b8f; --warn: #f0bf66; --calm: #a6b1bd;
  --ok-tint: #16281e; --bad-tint: #341c1a; --warn-tint: #302610; --calm-tint: #232a32;
  --new: #6ea8fe; --changed: #bd97f5; --same: #77828f; --rejected: #ff9b8f; --skipped: #d7a544;
  --work: #6ea8fe; --wait: #d7a544;`;

const BASE = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; overflow-wrap: anywhere; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
.wrap { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header.wrap { padding-top: 2rem; padding-bottom: 1rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.25; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 .75rem; font-size: 1.15rem; }
h3 { margin: 0 0 .35rem; font-size: 1rem; overflow-wrap: anywhere; }
p { margin: 0 0 .75rem; overflow-wrap: anywhere; }
section > :last-child { margin-bottom: 0; }
a { color: inherit; text-underline-offset: .2em; }
a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--new); outline-offset: 2px; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
small { font-size: .85em; color: var(--soft); }
.eyebrow { margin: 0 0 .25rem; color: var(--soft); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem .75rem; background: var(--sheet); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: 0 0 1.25rem; padding: 0; list-style: none; font-size: .93rem; }
section, .verdict { margin: 0 0 1.25rem; padding: 1.25rem 1.4rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; }
.verdict { border-left: 5px solid var(--tone); background: var(--tint); }
.verdict p { margin-bottom: .25rem; }
.headline { font-size: 1.2rem; font-weight: 600; }
.headline .mark { margin-right: .5rem; }
.ok { --tone: var(--ok); --tint: var(--ok-tint); }
.bad { --tone: var(--bad); --tint: var(--bad-tint); }
.warn { --tone: var(--warn); --tint: var(--warn-tint); }
.calm { --tone: var(--calm); --tint: var(--calm-tint); }
.mark { color: var(--tone); overflow-wrap: anywhere; }
.below { display: block; }
.mark svg { margin-right: .4em; vertical-align: -1px; fill: currentColor; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr)); gap: .75rem; margin: 0 0 1.25rem; }
.tiles div { padding: .8rem .85rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; }
.tiles dt { color: var(--soft); font-size: .87rem; }
.tiles dd { margin: 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tiles small { display: block; font-weight: 400; font-size: .8rem; }
.failure { margin: 0 0 1rem; padding: .1rem 0 .1rem 1rem; border-left: 3px solid var(--bad); }
.failure .message { white-space: pre-line; }
.failure dl { margin: 0; }
.failure dl div { display: grid; grid-template-columns: 7rem 1fr; gap: .75rem; margin-bottom: .15rem; }
.failure dt { color: var(--soft); }
.failure dd { margin: 0; min-width: 0; overflow-wrap: anywhere; white-space: pre-line; }
.failure .step dd { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; color: var(--soft); font-size: .87rem; }
.legend span { display: inline-flex; align-items: center; }
.legend span > svg { flex: none; margin-right: .45em; }
.scroll { position: relative; overflow-x: auto; margin-bottom: .75rem; }
table { width: 100%; border-collapse: collapse; font-size: .93rem; }
.small table { width: auto; min-width: min(100%, 30rem); }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--faint); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .87rem; border-bottom: 1px solid var(--line); vertical-align: bottom; }
tbody th { font-weight: 500; }
tbody tr:last-child > * { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.none, .aside { color: var(--soft); }
.wide, .aside { white-space: normal; min-width: 9rem; overflow-wrap: anywhere; }
.chart { width: 100%; min-width: 8rem; vertical-align: middle; }
tr.shown > * { background: var(--faint); }
tr.waits th { color: var(--soft); }
svg { display: inline-block; }
.bar, .lane, .axis, .plot { display: block; overflow: visible; }
.bar line, .lane line, .plot line { stroke: var(--line); }
.axis text, .dots text { fill: var(--soft); font-size: 11.5px; font-weight: 400; font-variant-numeric: tabular-nums; }
.new { fill: var(--new); } .changed { fill: var(--changed); } .same { fill: var(--same); }
.rejected { fill: var(--rejected); } .skipped { fill: var(--skipped); }
.work { fill: var(--work); } .broken { fill: url(#cross); stroke: var(--bad); } .wait { fill: url(#hatch); }
.ink-wait { stroke: var(--wait); stroke-width: 1.6; } .ink-broken { stroke: var(--bad); stroke-width: 2; } .ground-broken { fill: var(--bad-tint); }
figure { margin: 0 0 1.1rem; }
figcaption { margin-bottom: .3rem; font-weight: 500; font-size: .93rem; }
.dots { display: grid; grid-template-columns: 60px minmax(0, 1fr); }
.plot path { fill: var(--tone); } .plot .stem { stroke: var(--tone); stroke-opacity: .35; stroke-width: 2; }
.plot .shown { stroke: var(--soft); stroke-dasharray: 3 3; }
footer.wrap { padding-bottom: 2rem; color: var(--soft); font-size: .87rem; }`;

const NARROW = `
@media (max-width: 40rem) {
  .wrap { padding: 0 .75rem; }
  header.wrap { padding-top: 1.25rem; }
  section, .verdict { padding: 1rem; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(6.4rem, 1fr)); gap: .5rem; }
  .tiles div { padding: .55rem .7rem; }
  .tiles dd { font-size: 1.05rem; }
  .tick.odd { display: none; }
  .failure dl div { grid-template-columns: 1fr; gap: 0; margin-bottom: .4rem; }
}`;

const PAPER = `
@media print {
  :root { ${LIGHT} --page: #ffffff; }
  @page { margin: 14mm 12mm; }
  body { font-size: 9.5pt; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  nav, .skip { display: none; }
  .wrap, header.wrap { max-width: none; padding: 0 0 .75rem; }
  section { padding: 0; border: 0; margin-bottom: 1.6rem; }
  h2, h3, figcaption, .legend { break-after: avoid; }
  tr, figure, .failure, .verdict, .tiles div { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(6rem, 1fr)); }
  .tiles dd { font-size: 12pt; }
  table { font-size: 8pt; }
  th, td { padding-right: .5rem; }
}`;

/** The style sheet; it refers to nothing outside of the page. */
export const STYLE = [
  `:root { color-scheme: light dark; ${LIGHT} }`,
  `@media (prefers-color-scheme: dark) { :root { ${DARK} } }`,
  BASE,
  NARROW,
  PAPER,
].join('\n');
