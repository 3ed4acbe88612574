/** What is told at level debug alone: every request, page, window and job. */
import type { SyncEvent } from '../events.ts';
import { formatCount, plural } from './quantity.ts';

/** The event of a name. */
export type EventOf<Name extends SyncEvent['event']> = Extract<SyncEvent, { readonly event: Name }>;

const NAMES = [
  'stream.started',
  'work.planned',
  'slice.finished',
  'check.started',
  'stream.compared',
  'window.chosen',
  'page.fetched',
  'request.sent',
  'rows.staged',
  'rows.committed',
  'checkpoint.saved',
  'job.finished',
] as const satisfies readonly SyncEvent['event'][];

/** Events that are details of the work. */
export type Detail = EventOf<(typeof NAMES)[number]>;

const DETAILS: ReadonlySet<string> = new Set(NAMES);

/** Whether an event is a detail. */
export function isDetail(event: SyncEvent): event is Detail {
  return DETAILS.has(event.event);
}

/** What a detail says. */
export function detailText(event: Detail): string {
  const { event: name } = event;
  if (name === 'request.sent') return `GET ${event.url}`;
  if (name === 'check.started') return `comparing ${event.check} (${event.number} of ${event.of})`;
  if (name !== 'job.finished') return `${event.stream}: ${streamDetail(event)}`;
  const of = event.stream === null ? '' : `${event.stream}: `;
  return `${of}${event.kind} job in ${Math.round(event.ms)} ms, ${formatCount(event.bytes_billed)} bytes billed`;
}

function streamDetail(
  event: Exclude<Detail, EventOf<'request.sent' | 'job.finished' | 'check.started'>>,
): string {
  switch (event.event) {
    case 'stream.started':
      return 'started';
    case 'work.planned':
      return `${formatCount(event.count)} ${event.unit} to read, at least ${plural(event.requests, 'request')}`;
    case 'slice.finished':
      return `${event.from} to ${event.to} is stored`;
    case 'stream.compared':
      return 'compared';
    case 'window.chosen':
      return `${event.mode}, ${event.window}`;
    case 'page.fetched':
      return `page ${event.page}${event.total_pages === null ? '' : ` of ${event.total_pages}`}, ${plural(event.rows, 'record')} in ${event.ms} ms`;
    case 'rows.staged':
      return `${plural(event.rows, 'row')} staged`;
    case 'rows.committed':
      return `committed ${event.inserted} new, ${event.updated} changed, ${event.unchanged} as before, ${event.deleted} gone`;
    case 'checkpoint.saved':
      return `checkpoint ${event.cursor ?? 'saved'}`;
  }
}
