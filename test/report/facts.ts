/** Invented facts of reports. */
import type {
  ReportCounts,
  ReportedFreshness,
  ReportedRun,
  ReportedStream,
  ReportFacts,
} from '../../src/report/html/facts.ts';
import { failuresOf } from '../../src/report/html/failures.ts';

const BEGUN = Date.parse('2026-11-20T06:00:00.000Z');

/** The instant so many seconds after the run began. */
export function at(seconds: number): string {
  return new Date(BEGUN + seconds * 1000).toISOString();
}

const NOTHING: ReportCounts = {
  rows_fetched: 0,
  rows_loaded: 0,
  rows_inserted: 0,
  rows_updated: 0,
  rows_rejected: 0,
  rows_skipped: 0,
  rows_deleted: 0,
  requests: 0,
};

const NO_FAILURE = { error_code: null, error_message: null, next_step: null };

/** A run that ended well, and what is said otherwise. */
export function reportedRun(facts: Partial<ReportedRun> = {}): ReportedRun {
  return {
    run_id: '01KAC7M2Q4X8NB3D',
    command: 'sync',
    started_at: at(0),
    finished_at: at(134),
    seconds: 134,
    outcome: 'ok',
    exit_code: 0,
    ...NOTHING,
    ...NO_FAILURE,
    requests_retried: 0,
    account: 'Acme GmbH (123456)',
    role: 'administrator',
    visibility: 'full',
    deletions_off: null,
    verified: null,
    differences: null,
    version: '0.1.0',
    execution: null,
    ...facts,
  };
}

/** A stream that was at work from one second to another. */
export function reportedStream(
  stream: string,
  [from, to]: readonly [number, number],
  facts: Partial<ReportedStream> = {},
): ReportedStream {
  return {
    stream,
    outcome: 'ok',
    limit_class: 'general',
    ...NOTHING,
    ...NO_FAILURE,
    requests: 1,
    seconds: to - from,
    bytes_billed: 0,
    started_at: at(from),
    finished_at: at(to),
    reason: null,
    ...facts,
  };
}

const rows = (loaded: number, fresh: number, changed: number, requests = 1): Partial<ReportedStream> => ({
  rows_fetched: loaded,
  rows_loaded: loaded,
  rows_inserted: fresh,
  rows_updated: changed,
  requests,
});

const report = (loaded: number, requests: number): Partial<ReportedStream> => ({
  limit_class: 'reports',
  ...rows(loaded, loaded, 0, requests),
});

const STREAMS: readonly ReportedStream[] = [
  reportedStream('users', [0.6, 1.4], rows(54, 2, 7)),
  reportedStream('clients', [0.6, 1.3], rows(188, 3, 11)),
  reportedStream('projects', [0.7, 2.1], rows(412, 12, 35)),
  reportedStream('tasks', [0.7, 1.2], rows(46, 0, 1)),
  reportedStream('time_entries', [0.9, 41.5], {
    ...rows(18_400, 2120, 1654, 12),
    rows_fetched: 18_412,
    rows_rejected: 2,
    rows_skipped: 10,
    rows_deleted: 3,
  }),
  reportedStream('expenses', [1.1, 6.2], rows(1040, 88, 12, 2)),
  reportedStream('invoices', [1.2, 9.4], { ...rows(2310, 40, 162, 3), rows_deleted: 1 }),
  reportedStream('invoice_payments', [9.5, 33.2], rows(640, 44, 3, 42)),
  reportedStream('invoice_messages', [9.5, 128.4], {
    outcome: 'failed',
    requests: 26,
    error_code: 'HARVEST_UNAVAILABLE',
    error_message: 'Harvest answered 503 five times to GET /v2/invoices/8831/messages',
    next_step: 'Nothing is lost: run again later; the checkpoint did not move.',
  }),
  reportedStream('user_assignments', [1.4, 4.8], rows(3120, 60, 18, 2)),
  reportedStream('task_assignments', [1.4, 5.1], rows(4208, 12, 9, 3)),
  reportedStream('project_assignments', [5.4, 21], rows(3120, 60, 18, 54)),
  reportedStream('billable_rates', [1.6, 12.2], rows(96, 4, 0, 30)),
  // read with the login: no request of its own
  reportedStream('company', [0, 0], { ...rows(1, 0, 0, 0), started_at: null, finished_at: null }),
  reportedStream('roles', [0.6, 0.9], rows(12, 0, 0)),
  reportedStream('time_clients', [2, 96.3], report(320, 24)),
  reportedStream('time_projects', [2.2, 104.8], report(911, 24)),
  reportedStream('time_team', [2.4, 118.2], report(402, 24)),
  reportedStream('uninvoiced', [3, 121.6], report(188, 24)),
  {
    ...reportedStream('estimates', [0, 0]),
    outcome: 'skipped',
    requests: 0,
    started_at: null,
    finished_at: null,
    reason: 'estimates are switched off in Harvest',
  },
];

const sum = (name: keyof ReportCounts): number =>
  STREAMS.reduce((total, stream) => total + (stream[name] ?? 0), 0);

const PARTIAL = reportedRun({
  outcome: 'partial',
  exit_code: 5,
  rows_fetched: sum('rows_fetched'),
  rows_loaded: sum('rows_loaded'),
  rows_inserted: sum('rows_inserted'),
  rows_updated: sum('rows_updated'),
  rows_rejected: sum('rows_rejected'),
  rows_skipped: sum('rows_skipped'),
  rows_deleted: sum('rows_deleted'),
  requests: sum('requests') + 2,
  requests_retried: 6,
  verified: 'differs',
  differences: 3,
});

const OUTCOMES: Readonly<Record<number, string>> = {
  4: 'failed',
  9: 'interrupted',
  15: 'partial',
  16: 'crashed',
};

/** Earlier runs, a day apart, the newest first: a long first load, then short ones. */
function earlierRuns(count: number): readonly ReportedRun[] {
  return Array.from({ length: count }, (_, index) => {
    const outcome = OUTCOMES[index] ?? 'ok';
    const isFirst = index === count - 1;
    const seconds = isFirst ? 1284 : 18 + ((index * 37) % 29);
    const fetched = isFirst
      ? 184_201
      : outcome === 'failed' || outcome === 'crashed'
        ? 0
        : 640 + ((index * 7919) % 4100);
    return reportedRun({
      run_id: `01KAB${String(9000 - index)}`,
      command: index === 6 ? 'backfill' : 'sync',
      started_at: at(-86_400 * (index + 1)),
      finished_at: at(-86_400 * (index + 1) + seconds),
      seconds: outcome === 'crashed' ? null : seconds,
      outcome,
      exit_code: outcome === 'crashed' ? null : ({ failed: 4, interrupted: 143, partial: 5 }[outcome] ?? 0),
      error_code: { failed: 'HARVEST_UNAUTHORIZED', interrupted: 'RUN_INTERRUPTED' }[outcome] ?? null,
      rows_fetched: fetched,
      rows_loaded: fetched,
      rows_deleted: (index * 5) % 4,
      requests: isFirst ? 980 : 41 + (index % 9),
    });
  });
}

/** A table that is fresh, and what is said otherwise. */
export const freshTable = (stream: string, facts: Partial<ReportedFreshness> = {}): ReportedFreshness => ({
  stream,
  fresh_to: at(0),
  age_seconds: 11_520,
  last_outcome: 'ok',
  last_error: null,
  failures: 0,
  rows: 4102,
  rejects_7d: 0,
  ...facts,
});

/** The facts of a run in which one stream failed. */
export const PARTIAL_FACTS: ReportFacts = {
  generated_at: at(11_520),
  version: '0.1.0',
  warehouse: 'harvest_acme.duckdb',
  run: PARTIAL,
  streams: STREAMS,
  waits: [
    { bucket: 'general', started_at: at(14.2), seconds: 6.4 },
    { bucket: 'general', started_at: at(29), seconds: 3.1 },
    { bucket: 'reports', started_at: at(24), seconds: 41 },
    { bucket: 'reports', started_at: at(78), seconds: 22.5 },
  ],
  failures: failuresOf(PARTIAL, STREAMS),
  verification: {
    run_id: PARTIAL.run_id,
    finished_at: at(134),
    outcome: 'differs',
    differences: 3,
    form: 'quick',
    compared: 1840,
    tables: { time_entries: 2, expenses: 1 },
    left_out: [{ table: 'uninvoiced', reason: 'old months say what they said when last read' }],
  },
  rejects: [
    {
      stream: 'time_entries',
      path: 'hours',
      reason: 'is a string, must be a number',
      records: 2,
      example_key: '884210331',
    },
  ],
  deletions: [
    { stream: 'time_entries', how: 'count', rows: 3 },
    { stream: 'invoices', how: 'sweep', rows: 1 },
  ],
  restatements: [
    { stream: 'time_projects', period_start: '2026-09-01', values: 14 },
    { stream: 'time_clients', period_start: '2026-09-01', values: 6 },
  ],
  drift: [
    {
      stream: 'clients',
      path: 'vat_number',
      types: ['null', 'string'],
      occurrences: 940,
      first_seen_at: at(-500_000),
      last_seen_at: at(1),
    },
    {
      stream: 'invoices',
      path: 'line_items[].position',
      types: ['integer'],
      occurrences: 2310,
      first_seen_at: at(-90_000),
      last_seen_at: at(4),
    },
  ],
  freshness: [
    freshTable('invoice_messages', {
      last_outcome: 'failed',
      last_error: 'HARVEST_UNAVAILABLE',
      failures: 2,
      fresh_to: at(-86_400),
      age_seconds: 97_920,
      rows: 9120,
    }),
    freshTable('contacts', { last_outcome: null, fresh_to: null, age_seconds: null, rows: null }),
    freshTable('time_entries', { rejects_7d: 2, rows: 402_118 }),
    ...['users', 'clients', 'projects', 'tasks', 'expenses', 'invoices', 'roles'].map((name) =>
      freshTable(name),
    ),
    freshTable('estimates', { last_outcome: 'skipped', fresh_to: null, age_seconds: null, rows: null }),
  ],
  runs: [PARTIAL, ...earlierRuns(29)],
};

/** A warehouse that no run has filled yet. */
export const EMPTY_FACTS: ReportFacts = {
  generated_at: at(0),
  version: '0.1.0',
  warehouse: 'harvest_acme.duckdb',
  run: null,
  streams: [],
  waits: [],
  failures: [],
  verification: null,
  rejects: [],
  deletions: [],
  restatements: [],
  drift: [],
  freshness: [],
  runs: [],
};

/** A first run, alone and without any fault. */
export const FIRST_FACTS: ReportFacts = {
  ...EMPTY_FACTS,
  run: reportedRun({
    rows_fetched: 12,
    rows_loaded: 12,
    rows_inserted: 12,
    requests: 3,
    seconds: 1.2,
    finished_at: at(1.2),
  }),
  streams: [reportedStream('roles', [0.4, 1.1], rows(12, 12, 0))],
  runs: [reportedRun({ rows_fetched: 12, seconds: 1.2 })],
};
