/**
 * A report as one HTML file: no script, nothing that is fetched, readable by whoever it is mailed to. Enters: the facts
 * of a run. Leaves: the whole document. Pure.
 */
import { formatInstant } from '../quantity.ts';
import type { ReportFacts } from './facts.ts';
import {
  deletionSection,
  driftSection,
  rejectSection,
  restatementSection,
  verificationSection,
} from './finding-sections.ts';
import { freshnessSection, runsSection } from './history-sections.ts';
import { foreign, html, Markup, type Part } from './markup.ts';
import { failureSection, rowSection, tiles, verdict } from './run-sections.ts';
import { STYLE } from './style.ts';
import { timeSection } from './time-section.ts';
import { wordsOf } from './words.ts';

/** Keeps a browser from running or fetching anything, should the page ever be told to. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Whether a file that begins like this is a report, of any version. */
export function isReportPage(head: string): boolean {
  return head.startsWith('<!doctype html>') && head.includes('harvest-bq</title>');
}

/** The document of a report, as text that ends with a line break. */
export function reportPage(facts: ReportFacts): string {
  const { run, warehouse } = facts;
  const name = run?.account ?? warehouse;
  const what =
    run === null
      ? 'no run yet'
      : `${run.command}, ${wordsOf(run.outcome).word.toLowerCase()}, ${formatInstant(run.started_at)}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="referrer" content="no-referrer" />
        <title>${name}: ${what} – harvest-bq</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <a class="skip" href="#content">Skip to the report</a>
        ${new Markup(PATTERNS)}
        <header class="wrap">
          <p class="eyebrow">harvest-bq report · ${foreign(warehouse)}</p>
          <h1>${foreign(name)}</h1>
        </header>
        <main id="content" class="wrap">
          ${run === null ? noRun() : [verdict(run, facts.streams), tiles(run, facts.streams)]}
          ${contents(facts)}
        </main>
        <footer class="wrap">
          <p>
            Made ${formatInstant(facts.generated_at)} UTC by harvest-bq ${facts.version} from its own tables
            in ${foreign(warehouse)}. All times are UTC.
          </p>
        </footer>
      </body>
    </html> `;
  return tidy(page.text);
}

function noRun(): Markup {
  return html`<div class="verdict calm">
    <p class="headline">No run yet</p>
    <p>Begin with: <code>harvest-bq sync</code></p>
  </div>`;
}

/** The sections, with a list of them in front; those about a run are left out where there was none. */
function contents(facts: ReportFacts): Markup {
  const failures = failureSection(facts.failures);
  const restated = restatementSection(facts);
  const ofRun: readonly (readonly [string, string, Part])[] = [
    ['failures', 'Failures', failures],
    ['rows', 'Rows', rowSection(facts)],
    ['timeline', 'Timeline', timeSection(facts)],
    ['verification', 'Comparison', verificationSection(facts)],
    ['rejects', 'Rejects', rejectSection(facts)],
    ['deletions', 'Deletions', deletionSection(facts)],
    ['restatements', 'Restated months', restated],
  ];
  const shown = [
    ...(facts.run === null ? [] : ofRun),
    ['drift', 'New fields', driftSection(facts)] as const,
    ['freshness', 'Freshness', freshnessSection(facts)] as const,
    ['runs', 'Runs', runsSection(facts)] as const,
  ].filter(([, , part]) => part !== null);
  return html`<nav aria-label="Sections">
      <ul>
        ${shown.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
      </ul>
    </nav>
    ${shown.map(([, , part]) => part)}`;
}

/** Fills that differ without colour: waits are hatched, failures crossed. */
const PATTERNS = `<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="ink-wait" x1="0" x2="0" y1="0" y2="6"/></pattern>
<pattern id="cross" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="ground-broken" width="6" height="6"/><path class="ink-broken" d="M0 0L6 6M6 0L0 6"/></pattern>
</defs></svg>`;

/** Takes out the indentation of the templates; a line break in a text that is shown stays. */
function tidy(text: string): string {
  return text.replace(/[ \t]*\n\s*/g, '\n');
}
