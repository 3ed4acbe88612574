/** Sections about the run itself: how it ended, its numbers, what failed, what was loaded. Pure. */
import { exitText } from '../summary.ts';
import { formatBytes, formatCount, formatInstant, formatSeconds, plural } from '../quantity.ts';
import { bar, partsOf } from './bars.ts';
import type { ReportedFailure, ReportedRun, ReportedStream, ReportFacts } from './facts.ts';
import { foreign, html, type Markup } from './markup.ts';
import { cut, numberCell, outcomeMark, wordsOf } from './words.ts';
import { rowHead, section, table } from './table.ts';

/** How the run ended, in a sentence, and how it came about. */
export function verdict(run: ReportedRun, streams: readonly ReportedStream[]): Markup {
  const { tone } = wordsOf(run.outcome);
  const remarks = [
    run.visibility === 'partial' ? `The token sees only what a ${run.role ?? 'member'} may see.` : null,
    run.deletions_off === null ? null : `Deletions were not looked for: ${run.deletions_off}.`,
    run.execution === null ? null : `Started by ${run.execution}.`,
  ].filter((text) => text !== null);
  return html`<div class="verdict ${tone}">
    <p class="headline">${outcomeMark(run.outcome)} ${headline(run, streams)}</p>
    <p>
      <bdi>${run.command}</bdi> · run <code>${run.run_id}</code> · ${timeText(run)}
      ${run.exit_code === null ? '' : ` · ${exitText(run.exit_code)}`}
    </p>
    ${remarks.map((text) => html`<p>${foreign(text)}</p>`)}
  </div>`;
}

function headline(run: ReportedRun, streams: readonly ReportedStream[]): string {
  if (streams.length === 0) return withoutStreams(run);
  const count = (outcome: string): number => streams.filter((stream) => stream.outcome === outcome).length;
  const [ok, failed, skipped] = [count('ok'), count('failed'), count('skipped')];
  return [
    `${ok} of ${plural(streams.length, 'stream')} stored`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped`]),
  ].join(', ');
}

/** A run that noted no stream: it was killed, it compared, it was work by hand, or it never got so far. */
function withoutStreams({ outcome, verified, differences }: ReportedRun): string {
  if (outcome === 'crashed') return 'What it had stored until then stays.';
  if (verified === 'equal') return 'The tables equal Harvest.';
  if (verified !== null) return `${plural(differences ?? 0, 'difference')} from Harvest`;
  return outcome === 'ok' ? 'It ended well.' : 'It ended before it read a stream.';
}

function timeText({ started_at: start, finished_at: end, seconds, outcome }: ReportedRun): string {
  const begun = `${formatInstant(start)} UTC`;
  if (outcome === 'crashed')
    return `${begun}, noticed ${end === null ? 'later' : `${formatInstant(end)} UTC`}`;
  return seconds === null ? begun : `${begun}, ${formatSeconds(seconds)}`;
}

/** The numbers that are looked for first; null for a run that was killed, which left none. */
export function tiles(run: ReportedRun, streams: readonly ReportedStream[]): Markup | null {
  if (run.outcome === 'crashed') return null;
  const billed = streams.reduce((sum, stream) => sum + stream.bytes_billed, 0);
  const retried = run.requests_retried ?? 0;
  const all: readonly (readonly [string, string, string])[] = [
    ['Rows fetched', formatCount(run.rows_fetched), ''],
    ...(run.rows_inserted === null ? [] : [['New', formatCount(run.rows_inserted), ''] as const]),
    ...(run.rows_updated === null ? [] : [['Changed', formatCount(run.rows_updated), ''] as const]),
    ['Deleted', formatCount(run.rows_deleted), ''],
    ['Rejected', formatCount(run.rows_rejected), ''],
    ['Requests', formatCount(run.requests), retried === 0 ? '' : `${formatCount(retried)} sent again`],
    ...(run.seconds === null ? [] : [['Time', formatSeconds(run.seconds), ''] as const]),
    ...(billed === 0 ? [] : [['Billed', formatBytes(billed), 'by BigQuery'] as const]),
  ];
  return html`<dl class="tiles">
    ${all.map(
      ([name, value, note]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}${note === '' ? null : html`<small>${note}</small>`}</dd>
        </div>`,
    )}
  </dl>`;
}

/** What failed, and what to do; null where nothing did. */
export function failureSection(failures: readonly ReportedFailure[]): Markup | null {
  if (failures.length === 0) return null;
  const articles = failures.map(
    ({ code, streams, message, cause, next_step: step }) =>
      html`<article class="failure">
        <h3><code>${code}</code> ${streams.length === 0 ? null : foreign(streams.join(', '))}</h3>
        <p class="message">${foreign(cut(message))}</p>
        <dl>
          <div class="step">
            <dt>Next step</dt>
            <dd>${foreign(cut(step))}</dd>
          </div>
          ${
            cause === null
              ? null
              : html`<div>
                  <dt>Usual cause</dt>
                  <dd>${cause}</dd>
                </div>`
          }
          ${
            code === 'CRASHED'
              ? null
              : html`<div>
                  <dt>More</dt>
                  <dd><code>harvest-bq help errors ${code}</code></dd>
                </div>`
          }
        </dl>
      </article>`,
  );
  return section('failures', 'What failed, and what to do', articles);
}

/** What became of the records of each stream. */
export function rowSection({ streams, run }: ReportFacts): Markup {
  if (streams.length === 0) return section('rows', 'Rows per stream', html`<p>This run noted no stream.</p>`);
  const most = Math.max(1, ...streams.map(({ rows_fetched: rows }) => rows));
  const inOrder = streams.toSorted(
    (a, b) => rankOf(a) - rankOf(b) || b.rows_fetched - a.rows_fetched || (a.stream < b.stream ? -1 : 1),
  );
  const kinds = (run === null ? [] : partsOf(run)).filter(
    ({ rows, kind }) => rows > 0 || (run?.rows_inserted !== null && (kind === 'new' || kind === 'changed')),
  );
  const legend = html`<p class="legend">
    ${kinds.map(
      ({ kind, label }) =>
        html`<span
          ><svg width="12" height="12" aria-hidden="true"><rect class="${kind}" width="12" height="12" /></svg
          >${label}</span
        >`,
    )}
  </p>`;
  const heads = ['Fetched', 'New', 'Changed', 'Deleted', 'Rejected', 'Requests'] as const;
  const content = table(
    'Rows per stream',
    [
      { title: 'Stream' },
      { title: 'Outcome' },
      { title: 'What was fetched', kind: 'chart' },
      ...heads.map((title) => ({ title, kind: 'number' as const })),
    ],
    inOrder.map((stream) => rowOf(stream, most)),
  );
  return section('rows', 'Rows per stream', legend, content);
}

/** Those that failed first, those that were skipped last. */
function rankOf({ outcome }: ReportedStream): number {
  return outcome === 'failed' ? 0 : outcome === 'skipped' ? 2 : 1;
}

function rowOf(stream: ReportedStream, most: number): Markup {
  const head = html`${rowHead(foreign(stream.stream))}
    <td>${outcomeMark(stream.outcome)}</td>`;
  if (stream.outcome === 'skipped') {
    return html`<tr>
      ${head}
      <td colspan="7" class="aside">${foreign(cut(stream.reason ?? 'not read'))}</td>
    </tr>`;
  }
  return html`<tr>
    ${head}
    <td class="chart">${bar(stream.stream, stream, most)}</td>
    ${numberCell(stream.rows_fetched)}${numberCell(stream.rows_inserted)}${numberCell(stream.rows_updated)}
    ${numberCell(stream.rows_deleted)}${numberCell(stream.rows_rejected)}${numberCell(stream.requests)}
  </tr>`;
}
