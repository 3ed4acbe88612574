/** The connector's own tables, beside those of the streams: what it has done, and what it could not do. */
import type { ColumnMode, ColumnType } from './column.ts';
import type { Table, TableColumn } from '../warehouse/table.ts';

const column = (
  name: string,
  type: ColumnType,
  description: string,
  mode: ColumnMode = 'NULLABLE',
): TableColumn => ({
  name,
  type,
  mode,
  description,
});

const required = (name: string, type: ColumnType, description: string): TableColumn =>
  column(name, type, description, 'REQUIRED');

const table = (
  name: string,
  description: string,
  columns: readonly TableColumn[],
  primaryKey: readonly string[] = [],
): Table => ({ name, kind: 'housekeeping', description, columns, primaryKey });

const RUN_ID = required(
  'run_id',
  'STRING',
  'The run that wrote this row; the same as _run_id in the tables.',
);
const STREAM = required('stream', 'STRING', 'Name of the stream, which is also the name of its table.');
const RECORD_KEY = 'the values of the key joined by |.';

const COUNTS: readonly TableColumn[] = [
  column('rows_fetched', 'INT64', 'Records that Harvest sent: loaded, rejected and skipped together.'),
  column(
    'rows_loaded',
    'INT64',
    'Records that stand in the table afterwards: inserted, updated or unchanged.',
  ),
  column('rows_rejected', 'INT64', 'Records that broke their schema and stand in _rejects.'),
  column('rows_skipped', 'INT64', 'Records from before start_date, and second copies within the run.'),
  column('rows_deleted', 'INT64', 'Rows that are gone from Harvest and were removed or marked.'),
  column('requests', 'INT64', 'Requests that were sent to Harvest, repeated ones included.'),
];

/** What was loaded, apart; beside the counts that have been there from the beginning. */
const CHANGES: readonly TableColumn[] = [
  column('rows_inserted', 'INT64', 'Of the rows that were loaded, those that were not there before.'),
  column('rows_updated', 'INT64', 'Of the rows that were loaded, those that changed; the others were equal.'),
];

const FAILURE: readonly TableColumn[] = [
  column('error_message', 'STRING', 'What happened, in words; NULL where there was no failure.'),
  column('next_step', 'STRING', 'What to do about the failure.'),
];

const syncState = table(
  '_sync_state',
  'Checkpoints: one row for each commit of a stream; the highest version counts.',
  [
    required(
      'stream',
      'STRING',
      'Name of the stream. _account: what the token could see; _columns: how each column is stored; _history: which histories fit; _start_date: the date that the tables follow; _backfill:…: how far one is.',
    ),
    required(
      'version',
      'INT64',
      'Counts the commits of the stream; of two rows with one version the older cursor wins.',
    ),
    column(
      'cursor',
      'TIMESTAMP',
      "What the stream is complete up to, by Harvest's clock; NULL during a first load.",
    ),
    column(
      'state',
      'JSON',
      "The engine's notes: windows and parents that are done, renames that are under way.",
    ),
    RUN_ID,
    required('committed_at', 'TIMESTAMP', 'When the rows and this checkpoint were committed together.'),
  ],
);

const syncRuns = table('_sync_runs', 'One row for each run, written when it ends.', [
  RUN_ID,
  column('command', 'STRING', 'The command as it was given, without secrets.'),
  required('started_at', 'TIMESTAMP', 'When the run began.'),
  column('finished_at', 'TIMESTAMP', 'When the run ended; for a crashed one when the next run noticed.'),
  column('outcome', 'STRING', 'ok, partial, failed, interrupted, or crashed (written by the next run).'),
  column('exit_code', 'INT64', 'Exit code of the process; NULL for a crashed run.'),
  ...COUNTS,
  column(
    'error_code',
    'STRING',
    'Code of the failure that ended the run as a whole; docs/errors.md explains it.',
  ),
  column('account', 'STRING', 'Name and id of the Harvest account.'),
  column('role', 'STRING', "Role of the token's owner: administrator, manager or member."),
  column('grants', 'STRING', "Role and grants of the token's owner as Harvest names them, joined by commas."),
  column(
    'modules',
    'STRING',
    'Modules that are switched on in Harvest: expense, invoice, estimate; NULL where the role may not know.',
  ),
  column('visibility', 'STRING', 'full: the token sees the whole account; partial: what its role may see.'),
  column(
    'deletions_off',
    'STRING',
    'Why deletions were not looked for, in words; NULL where they were, or the run never got so far.',
  ),
  column(
    'verified',
    'STRING',
    'What a comparison with Harvest found: equal or differs; NULL where none was made.',
  ),
  column('differences', 'INT64', 'How many differences count; NULL where no comparison was made.'),
  column('version', 'STRING', 'Version of harvest-bq.'),
  column(
    'execution',
    'STRING',
    'What started the run, such as the name of a Cloud Run execution; else NULL.',
  ),
  ...CHANGES,
  column('requests_retried', 'INT64', 'Of the requests, those that had to be sent again.'),
  ...FAILURE,
  column(
    'waits',
    'JSON',
    "When requests waited for Harvest's limits: a list of bucket (general or reports), started_at and seconds.",
  ),
  column(
    'verification',
    'JSON',
    'What the comparison with Harvest found: its form, how much was compared, and differences by table; no values.',
  ),
]);

const syncStreams = table('_sync_streams', 'One row for each stream of each run.', [
  RUN_ID,
  STREAM,
  column('outcome', 'STRING', 'ok, failed or skipped.'),
  column(
    'error_code',
    'STRING',
    'Code of the failure; docs/errors.md explains it. NULL where there was none.',
  ),
  ...COUNTS,
  column('seconds', 'NUMERIC', 'From the first request of the stream to its last commit.'),
  column('bytes_billed', 'INT64', 'Bytes that BigQuery billed for the stream; 0 in DuckDB.'),
  ...CHANGES,
  column('started_at', 'TIMESTAMP', 'When the first request of the stream was sent; NULL where none was.'),
  column(
    'finished_at',
    'TIMESTAMP',
    'When its last commit was done, or it failed; NULL where it was skipped.',
  ),
  column('reason', 'STRING', 'Why the stream was skipped, in words; else NULL.'),
  ...FAILURE,
]);

const rejects = table('_rejects', 'Records that broke their schema: kept here instead of being dropped.', [
  STREAM,
  column('record_key', 'STRING', `Which record: ${RECORD_KEY} NULL where the key itself is unreadable.`),
  column('path', 'STRING', 'The property that broke the schema, such as line_items[].quantity.'),
  column('reason', 'STRING', 'What is wrong with it, without its value.'),
  column('record', 'JSON', 'The record with the selected columns only.'),
  RUN_ID,
  required('rejected_at', 'TIMESTAMP', 'When it was rejected.'),
]);

const schemaDrift = table(
  '_schema_drift',
  'Properties that Harvest sends and no schema knows. They are not loaded; no value is kept.',
  [
    STREAM,
    required('path', 'STRING', 'The property, such as client.vat_number or line_items[].position.'),
    required(
      'type_seen',
      'STRING',
      'JSON type of its values: string, integer, number, boolean, object, array or null.',
    ),
    column('occurrences', 'INT64', 'How many records had it, over all runs.'),
    column('first_seen_at', 'TIMESTAMP', 'When a run first saw it.'),
    column('last_seen_at', 'TIMESTAMP', 'When a run last saw it.'),
  ],
  ['stream', 'path', 'type_seen'],
);

const deletions = table('_deletions', 'Rows that were found to be gone from Harvest.', [
  STREAM,
  required('record_key', 'STRING', `Which row: ${RECORD_KEY}`),
  column('how', 'STRING', 'How it was noticed: count, sweep, parent, moved or backfill.'),
  RUN_ID,
  required('found_at', 'TIMESTAMP', 'When it was noticed; Harvest does not tell when it happened.'),
]);

const RESTATED =
  'What changed in a report month that had been read before, one row for each value: hours, money, capacity and ids. ' +
  'Names and pictures are left out: that they change says nothing of the month.';

const restatements = table('_restatements', RESTATED, [
  STREAM,
  required('period_start', 'DATE', 'First day of the month.'),
  required('entity_id', 'STRING', 'Id of the client, project, task, person or category of the row.'),
  column('currency', 'STRING', 'Currency of the row; empty where Harvest hides it.'),
  required('column_name', 'STRING', 'The column whose value changed.'),
  column('value_before', 'STRING', 'Its value as last read; NULL where the row is new.'),
  column('value_after', 'STRING', 'Its value now; NULL where the row is gone.'),
  RUN_ID,
  required('noticed_at', 'TIMESTAMP', 'When a run noticed the change.'),
]);

const erasures = table(
  '_erasures',
  'Tombstones: whoever stands here was erased and is kept from coming back. No name and no address is in it.',
  [
    required('kind', 'STRING', 'Whose record it was: user, contact or client.'),
    required('record_id', 'STRING', 'Id of the user, contact or client in Harvest.'),
    column(
      'digests',
      'JSON',
      'Keyed hashes (sync.hash_key) of names and e-mail addresses, to recognise them where no id stands.',
    ),
    required('erased_at', 'TIMESTAMP', 'When it was erased.'),
    RUN_ID,
  ],
);

/** The housekeeping tables. All but `_schema_drift`, which counts, are only ever added to. */
export const HOUSEKEEPING = {
  syncState,
  syncRuns,
  syncStreams,
  rejects,
  schemaDrift,
  deletions,
  restatements,
  erasures,
} as const satisfies Readonly<Record<string, Table>>;
