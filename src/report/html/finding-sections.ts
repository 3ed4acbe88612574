/** Sections about what a run has found: verification, rejects, deletions, new fields, restated months. Pure. */
import { formatCount, formatInstant, plural } from '../quantity.ts';
import type { ReportedVerification, ReportFacts } from './facts.ts';
import { foreign, html, type Markup, type Part } from './markup.ts';
import { rowHead, section, table } from './table.ts';
import { cut, numberCell, outcomeMark } from './words.ts';

const NUMBER = { kind: 'number' } as const;

/** What the newest comparison with Harvest found, and which run made it. */
export function verificationSection({ verification, run }: ReportFacts): Markup {
  const id = 'verification';
  const title = 'Comparison with Harvest';
  if (verification === null) {
    return section(
      id,
      title,
      html`<p>Nothing was compared yet. Compare with: <code>harvest-bq verify</code></p>`,
    );
  }
  const { outcome, tables, left_out: leftOut } = verification;
  const which =
    verification.run_id === run?.run_id ? 'by this run' : html`by run <code>${verification.run_id}</code>`;
  const when = verification.finished_at === null ? '' : `, ${formatInstant(verification.finished_at)} UTC`;
  const differing = Object.entries(tables).toSorted(([, a], [, b]) => b - a);
  const rows = differing.map(
    ([name, count]) =>
      html`<tr>
        ${rowHead(foreign(name))}${numberCell(count)}
      </tr>`,
  );
  return section(
    id,
    title,
    html`<p>${outcomeMark(outcome)} ${comparedText(verification)}, ${which}${when}.</p>`,
    outcome === 'equal'
      ? null
      : html`<p>
          See each difference with <code>harvest-bq verify</code>, put them right with
          <code>harvest-bq verify --repair</code>
        </p>`,
    rows.length === 0
      ? null
      : table('Differences by table', [{ title: 'Table' }, { title: 'Differences', ...NUMBER }], rows),
    leftOut.length === 0
      ? null
      : html`<p>Not compared:</p>
          <ul>
            ${leftOut.map(({ table: name, reason }) => html`<li>${foreign(name)}: ${foreign(cut(reason))}</li>`)}
          </ul>`,
  );
}

function comparedText({ outcome, differences, form, compared }: ReportedVerification): string {
  const count = differences ?? 0;
  const told = outcome === 'equal' ? 'No difference' : plural(count, 'difference');
  const what = compared === null ? '' : ` among ${plural(compared, form === 'full' ? 'cell' : 'number')}`;
  return `${told}${what}`;
}

/** Records that broke their schema: where and why, never the record. */
export function rejectSection({ rejects, run }: ReportFacts): Markup {
  const rows = rejects.map(
    ({ stream, path, reason, records, example_key: key }) =>
      html`<tr>
        ${rowHead(foreign(stream))}
        <td class="wide"><code>${path ?? '–'}</code></td>
        <td class="wide">${foreign(cut(reason ?? '–'))}</td>
        ${numberCell(records)}
        <td class="wide">${key === null ? '–' : foreign(key)}</td>
      </tr>`,
  );
  const heads = ['Stream', 'Property', 'What is wrong'].map((title) => ({ title }));
  const total = run?.rows_rejected ?? 0;
  const known = rejects.reduce((sum, { records }) => sum + records, 0);
  return listed('rejects', 'Rejected records', rows, 'No record was rejected.', [
    table('Rejected records', [...heads, { title: 'Records', ...NUMBER }, { title: 'For example' }], rows),
    total > known ? html`<p>${formatCount(total - known)} more for other reasons.</p>` : null,
    html`<p>
      The records stand in <code>_rejects</code>; they are taken up as soon as they come in the right form.
    </p>`,
  ]);
}

const HOW: Readonly<Record<string, string>> = {
  count: 'Harvest counts fewer',
  sweep: 'a full listing',
  parent: 'its parent is gone',
  moved: 'moved before start_date',
  backfill: 'a backfill',
};

/** Rows that are gone from Harvest. */
export function deletionSection({ deletions, run }: ReportFacts): Markup {
  const rows = deletions.map(
    ({ stream, how, rows: count }) =>
      html`<tr>
        ${rowHead(foreign(stream))}
        <td>${HOW[how] ?? how}</td>
        ${numberCell(count)}
      </tr>`,
  );
  const off = run?.deletions_off ?? null;
  const none = off === null ? 'Nothing was found to be gone.' : `Deletions were not looked for: ${off}.`;
  return listed('deletions', 'Deletions', rows, none, [
    table('Deletions', [{ title: 'Stream' }, { title: 'Noticed by' }, { title: 'Rows', ...NUMBER }], rows),
  ]);
}

/** Properties that no column holds. */
export function driftSection({ drift }: ReportFacts): Markup {
  const rows = drift.map(
    ({ stream, path, types, occurrences, first_seen_at: first, last_seen_at: last }) =>
      html`<tr>
        ${rowHead(foreign(stream))}
        <td class="wide"><code>${path}</code></td>
        <td>${foreign(types.join(', '))}</td>
        ${numberCell(occurrences)}
        <td>${dayOf(first)}</td>
        <td>${dayOf(last)}</td>
      </tr>`,
  );
  const heads = ['Stream', 'Property', 'Seen as'].map((title) => ({ title }));
  const times = [{ title: 'First seen' }, { title: 'Last seen' }];
  return listed('drift', 'New fields', rows, 'Harvest sends nothing that has no column.', [
    table('New fields', [...heads, { title: 'Records', ...NUMBER }, ...times], rows),
    html`<p>They are not loaded. Take them up with the lines of <code>harvest-bq discover --diff</code></p>`,
  ]);
}

/** Closed months that say something else than before; null where none does. */
export function restatementSection({ restatements }: ReportFacts): Markup | null {
  if (restatements.length === 0) return null;
  const rows = restatements.map(
    ({ stream, period_start: month, values }) =>
      html`<tr>
        ${rowHead(foreign(stream))}
        <td>${month.slice(0, 7)}</td>
        ${numberCell(values)}
      </tr>`,
  );
  const heads = [{ title: 'Report' }, { title: 'Month' }, { title: 'Values', ...NUMBER }];
  return section(
    'restatements',
    'Restated months',
    table('Restated months', heads, rows),
    html`<p>Each value before and after stands in <code>_restatements</code></p>`,
  );
}

function listed(
  id: string,
  title: string,
  rows: readonly Markup[],
  none: string,
  content: readonly Part[],
): Markup {
  return section(id, title, rows.length === 0 ? html`<p>${foreign(none)}</p>` : content);
}

function dayOf(instant: string | null): string {
  return instant === null ? '–' : instant.slice(0, 10);
}
