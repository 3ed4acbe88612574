/** The section that shows when each stream was at work, and what it waited for. Pure. */
import { formatSeconds } from '../quantity.ts';
import type { LimitClass } from '../../catalog/stream.ts';
import type { ReportedRun, ReportedStream, ReportedWait, ReportFacts } from './facts.ts';
import { axis, lane, type Extent, type Stretch } from './lanes.ts';
import { foreign, html, type Markup } from './markup.ts';
import { rowHead, section, table } from './table.ts';

const TITLE = 'Timeline';

/** Whose waits they are: a report request may also wait for the general limit. */
const REQUESTS: Readonly<Record<LimitClass, string>> = {
  general: 'general requests',
  reports: 'report requests',
};

/** A lane for each limit that was waited for, then one for each stream in the order of their beginning. */
export function timeSection({ run, streams, waits }: ReportFacts): Markup {
  const working = streams
    .filter((stream) => stream.started_at !== null)
    .toSorted((a, b) => (startOf(a) ?? 0) - (startOf(b) ?? 0) || (a.stream < b.stream ? -1 : 1));
  if (run === null || working.length === 0)
    return section(TITLE.toLowerCase(), TITLE, html`<p>${nothing(streams)}</p>`);
  const extent = extentOf(run, working, waits);
  const buckets = (['general', 'reports'] as const).filter((each) =>
    waits.some(({ bucket }) => bucket === each),
  );
  const legend = [
    ['work', 'at work'],
    ...(working.some(({ outcome }) => outcome === 'failed') ? [['broken', 'failed']] : []),
    ...(buckets.length === 0 ? [] : [['wait', "requests waited for Harvest's limits"]]),
  ].map(
    ([kind = '', label]) =>
      html`<span
        ><svg width="16" height="12" aria-hidden="true"><rect class="${kind}" width="16" height="12" /></svg
        >${label}</span
      >`,
  );
  const content = table(
    'When each stream was at work',
    [
      { title: 'Stream' },
      { title: axis(extent), kind: 'chart' },
      { title: 'Began after', kind: 'number' },
      { title: 'Took', kind: 'number' },
    ],
    [
      ...buckets.map((bucket) => waitRow(bucket, waits, extent)),
      ...working.map((stream) => streamRow(stream, waits, extent)),
    ],
  );
  return section(
    TITLE.toLowerCase(),
    TITLE,
    html`<p class="legend">${legend}</p>`,
    content,
    noRequests(streams),
  );
}

/** Streams that are read without a request of their own have no lane. */
function noRequests(streams: readonly ReportedStream[]): Markup {
  const names = streams
    .filter(
      ({ outcome, requests, started_at: start }) => start === null && outcome === 'ok' && requests === 0,
    )
    .map(({ stream }) => stream);
  if (names.length === 0) return html``;
  const needed =
    names.length === 1 ? 'which needed no request of its own' : 'which needed no requests of their own';
  return html`<p>Not in it: ${names.join(', ')}, ${needed}.</p>`;
}

function nothing(streams: readonly ReportedStream[]): string {
  return streams.some(({ requests }) => requests > 0)
    ? 'The version that made this run did not note when its streams were at work.'
    : 'No stream asked Harvest for anything.';
}

/** From the start of the run to its end; clocks and crashes may have put something outside of it. */
function extentOf(
  run: ReportedRun,
  working: readonly ReportedStream[],
  waits: readonly ReportedWait[],
): Extent {
  const starts = [msOf(run.started_at), ...working.map(startOf)].filter((ms) => ms !== null);
  const startMs = Math.min(...starts);
  const ends = [
    run.outcome === 'crashed' ? null : msOf(run.finished_at),
    ...working.map(endOf),
    ...waits.map((wait) => waitEnd(wait)),
  ].filter((ms) => ms !== null);
  return { startMs, endMs: Math.max(startMs + 1, ...ends) };
}

function streamRow(stream: ReportedStream, waits: readonly ReportedWait[], extent: Extent): Markup {
  const startMs = startOf(stream) ?? extent.startMs;
  const endMs = endOf(stream) ?? startMs;
  const [after, took] = [(startMs - extent.startMs) / 1000, (endMs - startMs) / 1000];
  const isFailed = stream.outcome === 'failed';
  const label = `${isFailed ? 'failed after' : 'at work for'} ${formatSeconds(took)}, from ${formatSeconds(after)}`;
  // what other streams waited for is shown above
  const behind = stretchesOf(stream.limit_class, waits)
    .map((wait) => ({
      ...wait,
      startMs: Math.max(wait.startMs, startMs),
      endMs: Math.min(wait.endMs, endMs),
    }))
    .filter((wait) => wait.startMs < wait.endMs);
  const work: Stretch = { kind: isFailed ? 'broken' : 'work', startMs, endMs, label };
  return html`<tr>
    ${rowHead(foreign(stream.stream))}
    <td class="chart">${lane(stream.stream, [...behind, work], extent)}</td>
    <td class="number">${formatSeconds(after)}</td>
    <td class="number">${formatSeconds(took)}</td>
  </tr>`;
}

function waitRow(bucket: LimitClass, waits: readonly ReportedWait[], extent: Extent): Markup {
  const stretches = stretchesOf(bucket, waits);
  const seconds = stretches.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / 1000, 0);
  const first = Math.min(...stretches.map(({ startMs }) => startMs));
  const name = `Waits: ${REQUESTS[bucket]}`;
  return html`<tr class="waits">
    ${rowHead(name)}
    <td class="chart">${lane(name, stretches, extent)}</td>
    <td class="number">${formatSeconds(Math.max(0, first - extent.startMs) / 1000)}</td>
    <td class="number">${formatSeconds(seconds)}</td>
  </tr>`;
}

function stretchesOf(bucket: LimitClass, waits: readonly ReportedWait[]): readonly Stretch[] {
  return waits
    .filter((wait) => wait.bucket === bucket)
    .map((wait) => ({
      kind: 'wait',
      startMs: msOf(wait.started_at) ?? 0,
      endMs: waitEnd(wait),
      label: `${REQUESTS[bucket]} waited for ${formatSeconds(wait.seconds)}`,
    }));
}

function waitEnd({ started_at: start, seconds }: ReportedWait): number {
  return (msOf(start) ?? 0) + seconds * 1000;
}

function startOf({ started_at: start }: ReportedStream): number | null {
  return msOf(start);
}

function endOf({ started_at: start, finished_at: end }: ReportedStream): number | null {
  const [startMs, endMs] = [msOf(start), msOf(end)];
  return startMs === null || endMs === null ? endMs : Math.max(startMs, endMs);
}

function msOf(instant: string | null): number | null {
  const ms = instant === null ? Number.NaN : Date.parse(instant);
  return Number.isNaN(ms) ? null : ms;
}
