import { pino, type Logger } from 'pino';
import type { ConnectorError } from '../errors.ts';
import type { RunResult, StreamResult, SyncEvent } from '../events.ts';
import { cloudFields, type Environment } from './cloud-fields.ts';
import { eventText, type Level } from './event-text.ts';
import { beatText, Heartbeat } from './heartbeat.ts';
import { JoinedWaits } from './joined-waits.ts';
import { advance, NO_PROGRESS } from './progress.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';

/** Our levels in pino's words. */
const PINO_LEVELS = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  error: 'error',
} as const satisfies Record<Level, string>;

/** @see Cloud Logging, LogSeverity: names of levels that it reads from `severity` (checked 2026-11-20) */
const SEVERITIES: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

/**
 * One JSON line per fact, with the field names that Cloud Logging reads: severity, time, message, and from `env` what is
 * known of the execution and its trace.
 */
export function createJsonReporter(options: ReporterOptions, env: Environment): Reporter {
  const logger = createLogger(options, env);
  const startedAt = Date.now();
  let progress = NO_PROGRESS;
  const heartbeat = new Heartbeat(() => {
    for (const event of waits.rest()) tell(event);
    const { streams, done, rows, requests } = progress;
    const nowMs = Date.now();
    const text = beatText(progress, (nowMs - startedAt) / 1000, nowMs);
    logger.info({ event: 'heartbeat', streams, done, rows, requests }, text);
  });
  const waits = new JoinedWaits();
  const tell = (event: SyncEvent): void => {
    const { level, message } = eventText(event);
    const isShown = logger.isLevelEnabled(PINO_LEVELS[level]);
    if (!isShown || !(options.progress || isAlarm(level) || event.event === 'run.finished')) return;
    log(logger, level, event, message);
    if (options.progress) heartbeat.heard(event);
  };
  return {
    kind: 'json',
    emit: (event) => {
      const nowMs = Date.now();
      progress = advance(progress, event, nowMs);
      for (const each of waits.hear(event, nowMs)) tell(each);
      if (event.event === 'run.finished') heartbeat.stop();
    },
    failed: (error: ConnectorError) => {
      const { code, kind, hint, stream, details, message } = error;
      logger.error(
        { event: 'command.failed', code, kind, hint, stream, details, exit_code: error.exitCode },
        message,
      );
    },
    note: (text) => {
      logger.info(text);
    },
    close: () => {
      for (const event of waits.rest()) tell(event);
      heartbeat.stop();
    },
  };
}

function createLogger(options: ReporterOptions, env: Environment): Logger {
  return pino(
    {
      level: PINO_LEVELS[options.level],
      messageKey: 'message',
      base: { ...(options.runId === null ? {} : { run_id: options.runId }), ...cloudFields(env) },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ severity: SEVERITIES[label] ?? 'DEFAULT' }) },
    },
    { write: options.write },
  );
}

function log(logger: Logger, level: Level, event: SyncEvent, message: string): void {
  const { stream, ...fields } = fieldsOf(event);
  const bound = typeof stream === 'string' ? logger.child({ stream }) : logger;
  bound[PINO_LEVELS[level]](fields, message);
}

/** The event's fields, flat; a whole run's list of streams is left to the lines of those streams. */
function fieldsOf(event: SyncEvent): Readonly<Record<string, unknown>> {
  const { event: name } = event;
  if (name === 'run.finished') return { event: name, ...runFields(event) };
  const isEnd = name === 'stream.finished' || name === 'stream.failed' || name === 'stream.skipped';
  return isEnd ? { event: name, ...streamFields(event) } : { ...event };
}

function streamFields(result: StreamResult): Readonly<Record<string, unknown>> {
  const { failure, reason, cursor, ...rest } = result;
  return {
    ...rest,
    ...(cursor === null ? {} : { cursor }),
    ...(reason === null ? {} : { reason }),
    ...(failure === null ? {} : { code: failure.code, kind: failure.kind, hint: failure.hint }),
  };
}

function runFields(result: RunResult): Readonly<Record<string, unknown>> {
  const { totals, failure, verification } = result;
  const streams = (outcome: string): number =>
    result.streams.filter((stream) => stream.outcome === outcome).length;
  return {
    command: result.command,
    outcome: result.outcome,
    exit_code: result.exit_code,
    ok: streams('ok'),
    failed: streams('failed'),
    left_out: streams('skipped'),
    rows: totals.fetched,
    loaded: totals.loaded,
    rejected: totals.rejected,
    skipped: totals.skipped,
    deleted: totals.deleted,
    requests: totals.requests,
    retried: result.retried,
    seconds: result.seconds,
    account: result.account,
    warehouse: result.warehouse,
    ...(verification === undefined
      ? {}
      : { verified: verification.outcome, differences: verification.differences }),
    ...(failure === null ? {} : { code: failure.code, kind: failure.kind, hint: failure.hint }),
  };
}

function isAlarm(level: Level): boolean {
  return level === 'warning' || level === 'error';
}
