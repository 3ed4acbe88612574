/** What the live view knows of one stream. Pure. */
import type { LimitClass } from '../../catalog/stream.ts';
import type { SyncEvent } from '../../events.ts';
import type { EventOf } from '../detail-text.ts';

/** Events that tell something of a stream. */
export type StreamEvent = EventOf<
  | 'stream.started'
  | 'work.planned'
  | 'slice.finished'
  | 'window.chosen'
  | 'page.fetched'
  | 'request.sent'
  | 'request.retried'
  | 'stream.compared'
  | 'stream.finished'
  | 'stream.failed'
  | 'stream.skipped'
>;

/** The names of those events. */
export const STREAM_EVENTS: ReadonlySet<string> = new Set<StreamEvent['event']>([
  'stream.started',
  'work.planned',
  'slice.finished',
  'window.chosen',
  'page.fetched',
  'request.sent',
  'request.retried',
  'stream.compared',
  'stream.finished',
  'stream.failed',
  'stream.skipped',
]);

export type Unit = EventOf<'work.planned'>['unit'];

/** How a stream ended, as the view shows it; failures are told above the view. */
export interface Ending {
  readonly outcome: 'ok' | 'skipped' | 'failed';
  /** `214 rows`, or why it was skipped. */
  readonly rows: number;
  readonly reason: string | null;
  readonly seconds: number;
}

/** One stream of a run. */
export interface LiveStream {
  readonly name: string;
  readonly bucket: LimitClass;
  /** Instant of its first request or window, in milliseconds; null: it waits for its turn. */
  readonly activeAtMs: number | null;
  /** Instant of its newest event. */
  readonly heardAtMs: number;
  readonly rows: number;
  /** Newest page, and how many there are in its list; null: not told. */
  readonly page: number | null;
  readonly pages: number | null;
  /** Records of the lists that were begun, by Harvest's totals; null: one of them has none. */
  readonly records: number | null;
  /** Lists that were begun. */
  readonly lists: number;
  readonly slices: number;
  readonly requests: number;
  /** What was planned; null: nothing. */
  readonly plan: { readonly unit: Unit; readonly count: number; readonly requests: number } | null;
  /** Whether what was planned is all there is: so for each plan that does not say that more is to come. */
  readonly isPlanWhole: boolean;
  /** The newest window, in words. */
  readonly window: string;
  /** What it waits for after a failed request, and until when. */
  readonly pause: { readonly untilMs: number; readonly why: string } | null;
  readonly ending: Ending | null;
}

/** A stream of which nothing is known yet. */
export function openStream(name: string): LiveStream {
  return {
    name,
    bucket: 'general',
    activeAtMs: null,
    heardAtMs: 0,
    rows: 0,
    page: null,
    pages: null,
    records: 0,
    lists: 0,
    slices: 0,
    requests: 0,
    plan: null,
    isPlanWhole: false,
    window: '',
    pause: null,
    ending: null,
  };
}

/** The stream after one more event of its own. */
export function hearStream(before: LiveStream, event: StreamEvent, nowMs: number): LiveStream {
  const stream = { ...before, heardAtMs: nowMs };
  const active = { ...stream, activeAtMs: before.activeAtMs ?? nowMs };
  switch (event.event) {
    case 'stream.started':
      return { ...stream, bucket: event.bucket ?? stream.bucket };
    case 'work.planned':
      return { ...stream, plan: planAfter(stream.plan, event), isPlanWhole: event.more !== true };
    case 'slice.finished':
      return { ...stream, slices: stream.slices + 1 };
    case 'window.chosen':
      return { ...active, window: event.window };
    case 'request.sent':
      return { ...active, bucket: event.bucket, requests: stream.requests + 1, pause: null };
    case 'request.retried':
      return { ...active, pause: { untilMs: nowMs + event.seconds * 1000, why: whyAgain(event) } };
    case 'page.fetched':
      return withPage(active, event);
    case 'stream.compared':
    case 'stream.finished':
    case 'stream.failed':
    case 'stream.skipped':
      return { ...stream, pause: null, ending: endingOf(stream, event, nowMs) };
  }
}

/** Plans of one unit add up; another unit takes the place of what is done. */
function planAfter(
  before: LiveStream['plan'],
  { unit, count, requests }: EventOf<'work.planned'>,
): LiveStream['plan'] {
  if (count === 0) return before;
  if (before?.unit !== unit) return { unit, count, requests };
  return { unit, count: before.count + count, requests: before.requests + requests };
}

function withPage(stream: LiveStream, event: EventOf<'page.fetched'>): LiveStream {
  const isFirst = event.page === 1;
  const total = event.total_rows;
  const records = stream.records === null || total === null ? null : stream.records + total;
  return {
    ...stream,
    rows: stream.rows + event.rows,
    page: event.page,
    pages: event.total_pages,
    lists: stream.lists + (isFirst ? 1 : 0),
    records: isFirst ? records : stream.records,
  };
}

function whyAgain({ status, code, attempt }: EventOf<'request.retried'>): string {
  return `${status === null ? code : `HTTP ${status}`}, attempt ${attempt}`;
}

type EndEvent = Extract<
  SyncEvent,
  { event: 'stream.compared' | 'stream.finished' | 'stream.failed' | 'stream.skipped' }
>;

function endingOf(stream: LiveStream, event: EndEvent, nowMs: number): Ending {
  if (event.event === 'stream.compared') {
    const seconds = (nowMs - (stream.activeAtMs ?? nowMs)) / 1000;
    return { outcome: 'ok', rows: stream.rows, reason: null, seconds };
  }
  const { outcome, fetched: rows, reason, seconds } = event;
  return { outcome, rows, reason, seconds };
}
