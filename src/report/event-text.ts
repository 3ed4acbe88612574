import type { SyncEvent } from '../events.ts';
import { detailText, isDetail, type Detail, type EventOf } from './detail-text.ts';
import { formatCount, formatSeconds, plural } from './quantity.ts';

/** Levels of a log line, from chatter to alarm. */
export type Level = 'debug' | 'info' | 'warning' | 'error';

/** Levels in order; a filter shows its own and those after it. */
export const LEVELS: readonly Level[] = ['debug', 'info', 'warning', 'error'];

/** An event as one line of text. */
export interface EventText {
  readonly level: Level;
  readonly message: string;
}

/** Waits shorter than this are part of the ordinary rhythm of the rate limits. */
const WAIT_WORTH_TELLING_SECONDS = 5;

/** Waits this long deserve a look. */
const LONG_WAIT_SECONDS = 30;

const info = (message: string): EventText => ({ level: 'info', message });
const debug = (message: string): EventText => ({ level: 'debug', message });
const warning = (message: string): EventText => ({ level: 'warning', message });
const error = (message: string): EventText => ({ level: 'error', message });

/** What an event says, and how loud. */
export function eventText(event: SyncEvent): EventText {
  if (isDetail(event)) return debug(detailText(event));
  if (isDelay(event)) return delayText(event);
  return isAdjustment(event) ? adjustmentText(event) : newsText(event);
}

function newsText(event: Exclude<SyncEvent, Detail | Delay | Adjustment>): EventText {
  switch (event.event) {
    case 'run.started':
      return info(
        `${event.command} started: ${plural(event.streams, 'stream')}, ${event.account} → ${event.warehouse}`,
      );
    case 'login.rotated':
      return rotationText(event);
    case 'lock.taken_over':
      return warning(
        `took over the lock that run ${event.gone_run_id} (${event.host}, pid ${event.pid}) left behind`,
      );
    case 'deletions.off':
      return info(`deletions are not looked for in this run: ${event.reason}`);
    case 'rows.rejected':
      return warning(`${event.stream}: ${plural(event.count, 'record')} rejected: ${event.reason}`);
    case 'schema.drift':
      return info(
        `${event.stream}: Harvest also sends ${event.path} (${event.type_seen}), which is not loaded`,
      );
    case 'deletions.unsettled':
      return warning(`${event.stream}: whether something is gone is left to a later run: ${event.reason}`);
    case 'count.differs':
      return info(
        `${event.stream}: ${formatCount(event.ours)} rows here, ${formatCount(event.theirs)} in Harvest; looking for the difference`,
      );
    case 'window.moved':
      return info(`${event.stream}: the list moved while it was read; reading again (${event.attempt})`);
    case 'names.renamed':
      return info(`${event.stream}: new names in ${plural(event.rows, 'row')}`);
    case 'stream.finished':
    case 'stream.failed':
    case 'stream.skipped':
      return streamText(event);
    case 'run.finished':
      return runText(event);
  }
}

type Delay = EventOf<'rate.waited' | 'request.retried' | 'job.retried'>;

const DELAYS: ReadonlySet<string> = new Set<Delay['event']>([
  'rate.waited',
  'request.retried',
  'job.retried',
]);

/** The tables are made to fit what is configured. */
type Adjustment = EventOf<'schema.changed' | 'columns.changed' | 'start_date.moved'>;

const ADJUSTMENTS: ReadonlySet<string> = new Set<Adjustment['event']>([
  'schema.changed',
  'columns.changed',
  'start_date.moved',
]);

function isAdjustment(event: SyncEvent): event is Adjustment {
  return ADJUSTMENTS.has(event.event);
}

function adjustmentText(event: Adjustment): EventText {
  if (event.event === 'start_date.moved') return info(startDateText(event));
  return event.event === 'schema.changed' ? schemaText(event) : columnsText(event);
}

function startDateText({ before, after }: EventOf<'start_date.moved'>): string {
  const isLater = after !== null && (before === null || after > before);
  if (isLater) return `start_date is ${after} now: what lies before it leaves the tables`;
  return `start_date is ${after ?? 'not set any more'}${after === null ? '' : ' now'}: what lies before ${before} is loaded`;
}

function isDelay(event: SyncEvent): event is Delay {
  return DELAYS.has(event.event);
}

function delayText(event: Delay): EventText {
  return event.event === 'rate.waited' ? waitText(event) : retryText(event);
}

function rotationText({ origin, stored, problem }: EventOf<'login.rotated'>): EventText {
  const what = 'Harvest replaced the OAuth refresh token';
  if (stored !== null) {
    const text = `${what}; the new one is in ${stored}`;
    return problem === null ? info(text) : warning(`${text}, but ${problem}`);
  }
  if (problem === null) {
    return warning(`${what}; the one in ${origin} may stop working, so put a new one there`);
  }
  return warning(
    `${what}, and the new one could not be stored: ${problem} The one in ${origin} may stop working: authorise the application again and put its refresh token there.`,
  );
}

function schemaText(event: EventOf<'schema.changed'>): EventText {
  const what =
    event.column === undefined ? '' : ` ${event.column}${event.type === undefined ? '' : ` ${event.type}`}`;
  const text = `${event.table}: ${event.change}${what}`;
  return event.column === undefined ? debug(text) : info(text);
}

/** What a change of the choice means, and what is done about it. */
const COLUMN_CHANGES = {
  on: ['switched on', 'the stream is read again'],
  off: ['switched off', 'what was stored is emptied'],
  hashed: ['changed to a hash', 'what was stored is emptied, the stream is read again'],
  plain: ['changed from a hash to plain', 'the stream is read again'],
  rekeyed: ['hashed with another key', 'the stream is read again'],
} as const satisfies Record<EventOf<'columns.changed'>['change'], readonly [string, string]>;

function columnsText({ stream, change, columns }: EventOf<'columns.changed'>): EventText {
  const [what, next] = COLUMN_CHANGES[change];
  return info(`${stream}: ${columns.join(', ')} ${columns.length === 1 ? 'was' : 'were'} ${what}; ${next}`);
}

function waitText(event: EventOf<'rate.waited'>): EventText {
  const text = `waited ${formatSeconds(event.seconds)} for Harvest's ${event.bucket === 'reports' ? 'report' : 'request'} limit`;
  if (event.seconds < WAIT_WORTH_TELLING_SECONDS) return debug(text);
  // many requests make a wait for the general limit, which is what it is there for
  return event.bucket === 'general' || event.seconds < LONG_WAIT_SECONDS ? info(text) : warning(text);
}

function retryText(event: EventOf<'request.retried' | 'job.retried'>): EventText {
  const when = `again in ${formatSeconds(event.seconds)}`;
  if (event.event === 'job.retried') {
    return info(`${of(event.stream)}${event.kind} job ${when} (${event.reason})`);
  }
  const what = event.status === null ? event.code : `HTTP ${event.status}`;
  return warning(`${of(event.stream)}${what}, ${when} (attempt ${event.attempt})`);
}

function streamText(event: EventOf<'stream.finished' | 'stream.failed' | 'stream.skipped'>): EventText {
  if (event.event === 'stream.failed') {
    const text = `${event.stream}: ${event.failure?.message ?? 'failed'}`;
    // what a signal or --timeout stopped is no fault of the stream
    return event.failure?.kind === 'interrupted' ? warning(text) : error(text);
  }
  if (event.event === 'stream.skipped')
    return info(`${event.stream}: skipped: ${event.reason ?? 'not read'}`);
  return info(`${event.stream}: ${plural(event.fetched, 'row')} in ${formatSeconds(event.seconds)}`);
}

function runText(event: EventOf<'run.finished'>): EventText {
  const failed = event.streams.filter((stream) => stream.outcome === 'failed').length;
  const ok = event.streams.filter((stream) => stream.outcome === 'ok').length;
  const numbers = `${ok} ok, ${failed} failed, ${formatCount(event.totals.fetched)} rows in ${formatSeconds(event.seconds)}`;
  const reason = event.failure === null ? '' : `: ${event.failure.message}`;
  if (event.outcome === 'ok') return info(`${event.command} finished: ${numbers}`);
  if (event.outcome === 'interrupted') return warning(`${event.command} interrupted: ${numbers}${reason}`);
  return error(
    `${event.command} ${event.outcome === 'partial' ? 'finished in part' : 'failed'}: ${numbers}${reason}`,
  );
}

function of(stream: string | null): string {
  return stream === null ? '' : `${stream}: `;
}
