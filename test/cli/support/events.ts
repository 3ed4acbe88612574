import type { Counts, RunResult, StreamResult, SyncEvent } from '../../../src/events.ts';

const NOTHING: Counts = {
  fetched: 0,
  loaded: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  skipped: 0,
  deleted: 0,
  requests: 0,
};

/** A stream's result, well ended and empty where nothing else is said. */
export function streamResult(stream: string, facts: Partial<StreamResult> = {}): StreamResult {
  return {
    ...NOTHING,
    stream,
    outcome: 'ok',
    seconds: 1,
    cursor: '2026-11-20T06:00:02Z',
    failure: null,
    reason: null,
    bytes_billed: 0,
    ...facts,
  };
}

export const CLIENTS = streamResult('clients', {
  fetched: 88,
  loaded: 88,
  inserted: 88,
  requests: 1,
  seconds: 1.9,
});

export const ENTRIES = streamResult('time_entries', {
  fetched: 18_412,
  loaded: 18_400,
  inserted: 212,
  updated: 1654,
  unchanged: 16_534,
  rejected: 2,
  skipped: 10,
  deleted: 3,
  requests: 10,
  seconds: 134.2,
});

export const QUIET = streamResult('tasks', {
  fetched: 5,
  loaded: 5,
  unchanged: 5,
  requests: 1,
  seconds: 0.2,
});

export const SKIPPED = streamResult('estimates', {
  outcome: 'skipped',
  cursor: null,
  reason: 'estimates are switched off in Harvest',
  seconds: 0,
});

export const FAILED = streamResult('invoice_messages', {
  outcome: 'failed',
  cursor: null,
  seconds: 128,
  requests: 6,
  failure: {
    code: 'HARVEST_UNAVAILABLE',
    kind: 'transient',
    message: 'Harvest answered 503 five times for GET /v2/invoices/8831/messages',
    hint: 'Nothing is lost: run again later; the checkpoint did not move.',
    exit_code: 6,
  },
});

/** A run in which one stream failed. */
export const PARTIAL_RUN: RunResult = {
  run_id: '01KAC7M2Q4X8NB3D',
  command: 'sync',
  outcome: 'partial',
  exit_code: 5,
  account: 'Acme GmbH (123456)',
  warehouse: 'harvest_acme.duckdb',
  started_at: '2026-11-20T06:00:00.000Z',
  finished_at: '2026-11-20T06:02:14.000Z',
  seconds: 134,
  totals: {
    fetched: 18_505,
    loaded: 18_493,
    inserted: 300,
    updated: 1654,
    unchanged: 16_539,
    rejected: 2,
    skipped: 10,
    deleted: 3,
    requests: 18,
  },
  retried: 5,
  renamed: 0,
  streams: [CLIENTS, ENTRIES, QUIET, SKIPPED, FAILED],
  failure: null,
};

/** What the run told on its way. */
export const PARTIAL_SCRIPT: readonly SyncEvent[] = [
  {
    event: 'run.started',
    command: 'sync',
    account: 'Acme GmbH (123456)',
    warehouse: 'harvest_acme.duckdb',
    streams: 5,
    version: '0.1.0',
  },
  { event: 'schema.changed', table: 'clients', change: 'table created' },
  {
    event: 'schema.changed',
    table: 'invoices',
    change: 'column added',
    column: 'sent_at',
    type: 'TIMESTAMP',
  },
  { event: 'columns.changed', stream: 'clients', change: 'on', columns: ['address', 'currency'] },
  { event: 'columns.changed', stream: 'users', change: 'off', columns: ['telephone'] },
  { event: 'columns.changed', stream: 'users', change: 'hashed', columns: ['email'] },
  {
    event: 'deletions.off',
    reason: 'changed since the run before: the estimate module is off now',
  },
  { event: 'stream.started', stream: 'clients' },
  { event: 'window.chosen', stream: 'clients', mode: 'first load', window: 'everything' },
  { event: 'request.sent', stream: 'clients', bucket: 'general', url: '/v2/clients?per_page=2000' },
  { event: 'page.fetched', stream: 'clients', page: 1, total_pages: 1, rows: 88, total_rows: 88, ms: 210 },
  { event: 'stream.finished', ...CLIENTS },
  { event: 'rate.waited', bucket: 'general', seconds: 2.5 },
  { event: 'rate.waited', bucket: 'reports', seconds: 41 },
  { event: 'stream.skipped', ...SKIPPED },
  {
    event: 'request.retried',
    stream: 'invoice_messages',
    attempt: 1,
    status: 503,
    code: 'HARVEST_UNAVAILABLE',
    seconds: 1.5,
  },
  { event: 'rows.rejected', stream: 'time_entries', count: 2, reason: 'hours: expected number, got string' },
  { event: 'schema.drift', stream: 'time_entries', path: 'mood', type_seen: 'string' },
  { event: 'stream.finished', ...ENTRIES },
  { event: 'stream.failed', ...FAILED },
  { event: 'stream.finished', ...QUIET },
  { event: 'run.finished', ...PARTIAL_RUN },
];
