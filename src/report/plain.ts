import type { ConnectorError } from '../errors.ts';
import type { StreamResult, SyncEvent } from '../events.ts';
import { errorLines } from './error-text.ts';
import { eventText, LEVELS, type Level } from './event-text.ts';
import { beatText, Heartbeat } from './heartbeat.ts';
import { JoinedWaits } from './joined-waits.ts';
import type { Colour, Paint } from './paint.ts';
import { advance, NO_PROGRESS } from './progress.ts';
import { formatCount, formatSeconds, plural } from './quantity.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { tame } from './tame.ts';

/** Width of the column of stream names. */
const NAME_WIDTH = 26;

/** Lines for people: a heading, a line per finished stream, waits, retries, and a sign of life in long silences. */
export function createPlainReporter(options: ReporterOptions): Reporter {
  const startedAt = Date.now();
  let progress = NO_PROGRESS;
  const isShown = (level: Level): boolean =>
    LEVELS.indexOf(level) >= LEVELS.indexOf(options.level) && (options.progress || isAlarm(level));
  const say = (line: string): void => {
    options.write(`${line}\n`);
  };
  const heartbeat = new Heartbeat(() => {
    for (const event of waits.rest()) tell(event);
    const nowMs = Date.now();
    say(options.paint('dim', `  … ${beatText(progress, (nowMs - startedAt) / 1000, nowMs)}`));
  });
  const waits = new JoinedWaits();
  const tell = (event: SyncEvent): void => {
    if (!isShown(eventText(event).level)) return;
    const lines = eventLines(event, options);
    for (const line of lines) say(line);
    if (lines.length > 0 && isShown('info')) heartbeat.heard(event);
  };
  return {
    kind: 'plain',
    emit: (event) => {
      const nowMs = Date.now();
      progress = advance(progress, event, nowMs);
      if (event.event === 'run.started' && isShown('info')) heartbeat.restart();
      for (const each of waits.hear(event, nowMs)) tell(each);
      if (event.event === 'run.finished') heartbeat.stop();
    },
    failed: (error: ConnectorError) => {
      for (const line of paintError(errorLines(error), options.paint)) say(line);
    },
    note: (text) => {
      if (isShown('info')) say(text);
    },
    close: () => {
      for (const event of waits.rest()) tell(event);
      heartbeat.stop();
    },
  };
}

/** Colours the first line of an error. */
export function paintError(lines: readonly string[], paint: Paint): readonly string[] {
  return lines.map((line, index) => (index === 0 ? paint('red', line) : line));
}

/** What lines are made with. */
type LineOptions = Pick<ReporterOptions, 'paint' | 'runId' | 'version'> & {
  /** Takes out of a text what the output cannot show; absent: what could drive a terminal. */
  readonly clean?: (text: string) => string;
};

/** The lines that an event gets; none for those that the closing table tells. */
export function eventLines(event: SyncEvent, options: LineOptions): readonly string[] {
  const { paint, clean = tame } = options;
  const { event: name } = event;
  if (name === 'run.finished') return [];
  if (name === 'run.started') {
    const run = options.runId === null ? '' : ` · run ${options.runId}`;
    return [clean(`harvest-bq ${event.version} · ${event.account} → ${event.warehouse}${run}`), ''];
  }
  const [sign, text] = signAndText(event);
  const colour = COLOURS[sign];
  if (eventText(event).level === 'debug') return [paint('dim', clean(`  ${sign} ${text}`))];
  return [`  ${colour === undefined ? clean(sign) : paint(colour, clean(sign))} ${clean(text)}`];
}

const COLOURS: Readonly<Record<string, Colour | undefined>> = { '✓': 'green', '✗': 'red', '!': 'yellow' };

function signAndText(event: Exclude<SyncEvent, { event: 'run.started' | 'run.finished' }>): [string, string] {
  if (event.event === 'stream.finished') return ['✓', named(event.stream, finishedText(event))];
  if (event.event === 'stream.skipped')
    return ['–', named(event.stream, `skipped: ${event.reason ?? 'not read'}`)];
  if (event.event === 'stream.failed') return ['✗', named(event.stream, failedText(event))];
  const { level, message } = eventText(event);
  if (level === 'debug') return ['·', message];
  if (event.event === 'rate.waited') return ['‖', message];
  return [level === 'info' ? '·' : '!', message];
}

function failedText({ failure }: StreamResult): string {
  return failure === null ? 'failed' : `${failure.code}  ${failure.message.split('\n')[0] ?? ''}`;
}

function finishedText(result: StreamResult): string {
  const changes = [
    [result.inserted, 'new'],
    [result.updated, 'changed'],
    [result.deleted, 'gone'],
    [result.rejected, 'rejected'],
  ] as const;
  const words = changes
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`);
  const rows = plural(result.fetched, 'row').padStart(13);
  return `${rows}   ${words.join(', ').padEnd(28)}  ${formatSeconds(result.seconds).padStart(9)}`;
}

function named(stream: string, text: string): string {
  return `${stream.padEnd(NAME_WIDTH)} ${text}`.trimEnd();
}

function isAlarm(level: Level): boolean {
  return level === 'warning' || level === 'error';
}
