import type { Failure, RunResult, StreamResult } from '../events.ts';
import { errorLines, type Explained } from './error-text.ts';
import { formatBytes, formatCount, formatSeconds, plural } from './quantity.ts';
import { renderTable, type TextColumn } from './table.ts';
import { verificationText } from './verification-text.ts';

/** How a summary is drawn. */
export interface SummaryOptions {
  /** Characters per line; Infinity where nobody cuts. */
  readonly width: number;
  /** Whether streams without any change get a line. */
  readonly isVerbose: boolean;
}

/** On a narrow screen the last go first. */
const COLUMNS: readonly TextColumn[] = [
  { title: 'stream', cut: 'middle' },
  { title: 'fetched', align: 'right' },
  { title: 'inserted', align: 'right' },
  { title: 'updated', align: 'right', optional: true },
  { title: 'deleted', align: 'right', optional: true },
  // the totals tell them too
  { title: 'rejected', align: 'right', optional: true },
  { title: 'time', align: 'right', optional: true },
  { title: 'cursor now', optional: true },
];

/** Only with --verbose, and only where something was billed. */
const BILLED: TextColumn = { title: 'billed', align: 'right', optional: true };

/**
 * The result of a run as a screen: a table of the streams that have something to tell, the totals, and what a comparison
 * with Harvest found. Empty for a run that ended before its first stream.
 */
export function summaryText(result: RunResult, options: SummaryOptions): string {
  const comparison = result.verification === undefined ? '' : verificationText(result.verification, options);
  if (result.streams.length === 0) return comparison;
  const shown = result.streams.filter((stream) => options.isVerbose || isNotable(stream));
  const quiet = result.streams.length - shown.length;
  const withBytes = options.isVerbose && billedBytes(result) > 0;
  const rows = inOrder(shown).map((stream) => toCells(stream, withBytes));
  const columns = withBytes ? [...COLUMNS.slice(0, -1), BILLED, ...COLUMNS.slice(-1)] : COLUMNS;
  const table = rows.length === 0 ? [] : [...renderTable(columns, rows, options.width)];
  const rest =
    quiet === 0 ? [] : [`  … ${quiet}${rows.length === 0 ? '' : ' more'} without changes (--verbose)`];
  const screen = [...table, ...rest, ...gap([...table, ...rest]), ...totalLines(result)].join('\n');
  return comparison === '' ? screen : `${screen}\n\n${comparison}`;
}

/** The failures of a run, gravest first, each with its next step; the same failure of several streams once. */
export function failureText(result: RunResult): string {
  const own: readonly Explained[] = result.failure === null ? [] : [result.failure];
  const streams = result.streams.flatMap(explained);
  const together = new Map<string, Explained & { readonly streams: readonly string[] }>();
  for (const failure of streams) {
    const key = `${failure.code} ${failure.message}`;
    const others = together.get(key)?.streams ?? [];
    together.set(key, { ...failure, streams: [...others, failure.stream ?? ''] });
  }
  const merged = [...together.values()]
    .filter((failure) => !own.some((one) => one.code === failure.code && one.message === failure.message))
    .map((failure) => ({ ...failure, stream: failure.streams.join(', ') }));
  return [...own, ...merged].map((failure) => errorLines(failure).join('\n')).join('\n\n');
}

/** The failure that stands for the whole run in a JSON document; null where nothing failed. */
export function mainFailure(result: RunResult): (Failure & { readonly stream?: string }) | null {
  if (result.failure !== null) return result.failure;
  for (const stream of result.streams) {
    if (stream.failure !== null) return { ...stream.failure, stream: stream.stream };
  }
  return null;
}

/** What an exit code means, in a few words. */
export function exitText(exitCode: number): string {
  const meanings: Readonly<Record<number, string>> = {
    0: 'done',
    1: 'a defect',
    2: 'usage',
    3: 'configuration',
    4: 'credentials or permissions',
    5: 'some streams failed, the others are stored',
    6: 'temporary: run again later',
    7: 'another run is at work',
    8: 'data or freshness',
    130: 'stopped by SIGINT, or time was up',
    143: 'stopped by SIGTERM',
  };
  return `exit ${exitCode} (${meanings[exitCode] ?? 'unknown'})`;
}

function totalLines(result: RunResult): readonly string[] {
  const { totals, streams } = result;
  const ok = streams.filter((stream) => stream.outcome === 'ok').length;
  const skipped = streams.filter((stream) => stream.outcome === 'skipped').length;
  const retried = result.retried === 0 ? '' : `, ${formatCount(result.retried)} retried`;
  const head = [
    `${ok} of ${plural(streams.length, 'stream')}${skipped === 0 ? '' : ` (${skipped} skipped)`}`,
    rowText(result),
    `${plural(totals.requests, 'request')}${retried}`,
    ...(billedBytes(result) === 0 ? [] : [`${formatBytes(billedBytes(result))} billed`]),
    formatSeconds(result.seconds),
  ].join(' · ');
  const rejects = `${plural(totals.rejected, 'rejected record')}: SELECT * FROM _rejects WHERE run_id = '${result.run_id}'`;
  return totals.rejected === 0 ? [head] : [head, rejects];
}

function rowText({ totals, renamed }: RunResult): string {
  const parts = [
    `${plural(totals.fetched, 'row')} fetched`,
    `${formatCount(totals.loaded)} loaded (${formatCount(totals.inserted)} new, ${formatCount(totals.updated)} changed, ${formatCount(totals.unchanged)} as before)`,
    ...(totals.rejected === 0 ? [] : [`${formatCount(totals.rejected)} rejected`]),
    ...(totals.skipped === 0 ? [] : [`${formatCount(totals.skipped)} skipped`]),
    ...(totals.deleted === 0 ? [] : [`${formatCount(totals.deleted)} deleted`]),
    ...(renamed === 0 ? [] : [`${formatCount(renamed)} renamed`]),
  ];
  return parts.join(', ');
}

function billedBytes({ streams }: RunResult): number {
  return streams.reduce((sum, stream) => sum + stream.bytes_billed, 0);
}

function toCells(result: StreamResult, withBytes: boolean): readonly string[] {
  const mark = result.outcome === 'failed' ? '✗ ' : result.outcome === 'skipped' ? '– ' : '';
  const name = `${mark}${result.stream}`;
  const billed = withBytes ? [result.outcome === 'skipped' ? '–' : formatBytes(result.bytes_billed)] : [];
  if (result.outcome === 'skipped') {
    return [name, '–', '–', '–', '–', '–', '–', ...billed, result.reason ?? 'skipped'];
  }
  const counts = [result.fetched, result.inserted, result.updated, result.deleted, result.rejected];
  const cursor = result.outcome === 'failed' ? 'unchanged' : (result.cursor ?? '–');
  return [name, ...counts.map(formatCount), formatSeconds(result.seconds), ...billed, cursor];
}

/** Streams that failed or were skipped stand at the end, where the eye is. */
function inOrder(streams: readonly StreamResult[]): readonly StreamResult[] {
  const rank = (stream: StreamResult): number => ['ok', 'skipped', 'failed'].indexOf(stream.outcome);
  return streams.toSorted((left, right) => rank(left) - rank(right));
}

function isNotable(stream: StreamResult): boolean {
  const changes = stream.inserted + stream.updated + stream.deleted + stream.rejected;
  return stream.outcome !== 'ok' || changes > 0;
}

function explained(stream: StreamResult): readonly Explained[] {
  return stream.failure === null ? [] : [{ ...stream.failure, stream: stream.stream }];
}

function gap(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [''];
}
