/** Rows of the housekeeping tables, which come as text, as the facts of a report. Pure. */
import type { ReportCounts, ReportedRun, ReportedStream, ReportedWait } from '../../report/html/facts.ts';
import type { LimitClass } from '../../catalog/stream.ts';
import type { TextRows } from '../../warehouse/warehouse.ts';
import { toIso } from '../freshness.ts';

/** A row by the names of its columns; a column that the table does not have is absent. */
export type TextRow = Readonly<Record<string, string | null>>;

/** The rows of an answer by the names of their columns. */
export function namedRows({ columns, rows }: TextRows): readonly TextRow[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])));
}

/** A number, or null. */
export function numberIn(row: TextRow, name: string): number | null {
  const text = row[name] ?? null;
  const value = Number(text);
  return text === null || !Number.isFinite(value) ? null : value;
}

/** An ISO instant, or null. */
export function instantIn(row: TextRow, name: string): string | null {
  const text = row[name] ?? null;
  return text === null ? null : toIso(text);
}

/** What a JSON column holds; null where it holds nothing that can be read. */
export function jsonIn(row: TextRow, name: string): unknown {
  try {
    return JSON.parse(row[name] ?? 'null') as unknown;
  } catch {
    return null;
  }
}

function countsIn(row: TextRow): ReportCounts {
  const count = (name: string): number => numberIn(row, name) ?? 0;
  return {
    rows_fetched: count('rows_fetched'),
    rows_loaded: count('rows_loaded'),
    rows_inserted: numberIn(row, 'rows_inserted'),
    rows_updated: numberIn(row, 'rows_updated'),
    rows_rejected: count('rows_rejected'),
    rows_skipped: count('rows_skipped'),
    rows_deleted: count('rows_deleted'),
    requests: count('requests'),
  };
}

function failureIn(row: TextRow) {
  const { error_code: code = null, error_message: message = null, next_step: step = null } = row;
  return { error_code: code, error_message: message, next_step: step };
}

/** A row of `_sync_runs`. */
export function runIn(row: TextRow): ReportedRun {
  const startedAt = instantIn(row, 'started_at') ?? '';
  const finishedAt = instantIn(row, 'finished_at');
  const ms = finishedAt === null ? Number.NaN : Date.parse(finishedAt) - Date.parse(startedAt);
  const text = (name: string): string | null => row[name] ?? null;
  return {
    run_id: text('run_id') ?? '',
    command: text('command') ?? '',
    started_at: startedAt,
    finished_at: finishedAt,
    // how long a crashed run was at work is not known: its end is when somebody noticed
    seconds: Number.isNaN(ms) || row['outcome'] === 'crashed' ? null : Math.max(0, ms) / 1000,
    outcome: text('outcome') ?? 'unknown',
    exit_code: numberIn(row, 'exit_code'),
    ...countsIn(row),
    requests_retried: numberIn(row, 'requests_retried'),
    ...failureIn(row),
    account: text('account'),
    role: text('role'),
    visibility: text('visibility'),
    deletions_off: text('deletions_off'),
    verified: text('verified'),
    differences: numberIn(row, 'differences'),
    version: text('version'),
    execution: text('execution'),
  };
}

/** A row of `_sync_streams`. */
export function streamIn(row: TextRow, limitClass: LimitClass): ReportedStream {
  return {
    stream: row['stream'] ?? '',
    outcome: row['outcome'] ?? 'unknown',
    limit_class: limitClass,
    ...countsIn(row),
    ...failureIn(row),
    seconds: numberIn(row, 'seconds'),
    bytes_billed: numberIn(row, 'bytes_billed') ?? 0,
    started_at: instantIn(row, 'started_at'),
    finished_at: instantIn(row, 'finished_at'),
    reason: row['reason'] ?? null,
  };
}

/** The waits of a run; what is none of them is left out. */
export function waitsIn(row: TextRow): readonly ReportedWait[] {
  const waits = jsonIn(row, 'waits');
  return Array.isArray(waits) ? waits.filter(isWait) : [];
}

function isWait(value: unknown): value is ReportedWait {
  if (typeof value !== 'object' || value === null) return false;
  const { bucket, started_at: at, seconds } = value as Readonly<Record<string, unknown>>;
  const isKnown = bucket === 'general' || bucket === 'reports';
  return isKnown && typeof at === 'string' && !Number.isNaN(Date.parse(at)) && typeof seconds === 'number';
}
