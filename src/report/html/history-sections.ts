/** Sections that look beyond the run: how fresh the tables are, and the last runs. Pure. */
import { formatAge, formatInstant, formatSeconds, plural } from '../quantity.ts';
import { dots, type Dot } from './dots.ts';
import type { ReportedFreshness, ReportedRun, ReportFacts } from './facts.ts';
import { foreign, html, type Markup } from './markup.ts';
import { countScale, durationScale } from './scale.ts';
import { rowHead, section, table } from './table.ts';
import { numberCell, outcomeMark, wordsOf } from './words.ts';

const NUMBER = { kind: 'number' } as const;

/** How fresh every table is, worst first. */
export function freshnessSection({ freshness, generated_at: now }: ReportFacts): Markup {
  const heads = [
    { title: 'Table' },
    { title: 'Last result' },
    { title: 'Complete up to (UTC)' },
    { title: 'Age', ...NUMBER },
    { title: 'Rows', ...NUMBER },
    { title: 'Rejected in 7 days', ...NUMBER },
  ];
  if (freshness.length === 0) return section('freshness', 'Freshness', html`<p>No stream is chosen.</p>`);
  const content = table('Freshness of the tables', heads, freshness.map(freshnessRow));
  return section(
    'freshness',
    'Freshness',
    html`<p>As of ${formatInstant(now)} UTC, worst first.</p>`,
    content,
  );
}

function freshnessRow(state: ReportedFreshness): Markup {
  const outcome = state.last_outcome ?? 'never';
  const times = state.failures > 1 ? ` ×${state.failures}` : '';
  return html`<tr>
    ${rowHead(foreign(state.stream))}
    <td>
      ${outcomeMark(outcome)}${state.last_error === null ? null : html` <small>${state.last_error}${times}</small>`}
    </td>
    <td>${state.fresh_to === null ? '–' : formatInstant(state.fresh_to)}</td>
    <td class="number">${state.age_seconds === null ? '–' : formatAge(state.age_seconds * 1000)}</td>
    ${numberCell(state.rows)}${numberCell(state.rejects_7d)}
  </tr>`;
}

/** The last runs: how long they took and how much they fetched, then each of them. */
export function runsSection({ runs, run }: ReportFacts): Markup {
  const title = runs.length < 2 ? 'Runs' : `The last ${runs.length} runs`;
  if (runs.length === 0) return section('runs', title, html`<p>No run is noted yet.</p>`);
  const inOrder = runs.toReversed();
  const outcomes = [...new Set(inOrder.map(({ outcome }) => outcome))];
  const legend = html`<p class="legend">
    ${outcomes.map(outcomeMark)}<span>the dashed line is the run of this report</span>
  </p>`;
  const heads = [
    { title: 'Started (UTC)' },
    { title: 'Run' },
    { title: 'Command' },
    { title: 'Outcome' },
    { title: 'Time', ...NUMBER },
    { title: 'Fetched', ...NUMBER },
    { title: 'Rejected', ...NUMBER },
    { title: 'Deleted', ...NUMBER },
    { title: 'Requests', ...NUMBER },
  ];
  const rows = runs.map((each) => runRow(each, isSame(each, run)));
  return section(
    'runs',
    title,
    legend,
    chart('time', 'Time', inOrder, run, ({ seconds }) => seconds),
    chart('fetched', 'Rows fetched', inOrder, run, ({ rows_fetched: count }) => count),
    table(title, heads, rows),
  );
}

/** An id may be given twice; the same run began at the same time. */
function isSame(run: ReportedRun, shown: ReportedRun | null): boolean {
  return run.run_id === shown?.run_id && run.started_at === shown.started_at;
}

function chart(
  id: 'time' | 'fetched',
  title: string,
  runs: readonly ReportedRun[],
  shown: ReportedRun | null,
  valueOf: (run: ReportedRun) => number | null,
): Markup {
  const values = runs.map(valueOf);
  const text = (value: number | null): string => {
    if (value === null) return 'not known';
    return id === 'time' ? formatSeconds(value) : plural(value, 'row');
  };
  const marks = runs.map((run): Dot => ({
    value: valueOf(run),
    outcome: run.outcome,
    label: `${formatInstant(run.started_at)} ${run.command}: ${wordsOf(run.outcome).word}, ${text(valueOf(run))}`,
    isShown: isSame(run, shown),
  }));
  const known = values.filter((value) => value !== null);
  const range =
    known.length === 0
      ? 'nothing is known'
      : `from ${text(Math.min(...known))} to ${text(Math.max(...known))}`;
  const description = `A mark for each of ${plural(runs.length, 'run')}, the oldest on the left: ${range}. The table below has every value.`;
  const scale = id === 'time' ? durationScale(values) : countScale(values);
  return html`<figure>
    <figcaption>${title} <small>logarithmic</small></figcaption>
    ${dots({ id: `runs-${id}`, title: `${title} of the last runs`, description }, marks, scale)}
  </figure>`;
}

function runRow(run: ReportedRun, isShown: boolean): Markup {
  const code = run.error_code === null ? null : html` <small>${run.error_code}</small>`;
  return html`<tr class="${isShown ? 'shown' : ''}">
    ${rowHead(formatInstant(run.started_at))}
    <td><code>${run.run_id}</code>${isShown ? html`<small class="below">this report</small>` : null}</td>
    <td>${foreign(run.command)}</td>
    <td>${outcomeMark(run.outcome)}${code}</td>
    <td class="number">${run.seconds === null ? '–' : formatSeconds(run.seconds)}</td>
    ${numberCell(run.rows_fetched)}${numberCell(run.rows_rejected)}${numberCell(run.rows_deleted)}
    ${numberCell(run.requests)}
  </tr>`;
}
