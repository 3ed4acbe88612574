import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../../src/catalog/housekeeping.ts';
import { ConnectorError } from '../../../src/errors.ts';
import type { Account } from '../../../src/harvest/account.ts';
import { roleOf } from '../../../src/harvest/permissions.ts';
import { failureOf, type Counts, type RunResult, type StreamResult } from '../../../src/events.ts';
import { crashedRow, runRow, streamRow } from '../../../src/sync/run-log.ts';
import type { Verification } from '../../../src/verification.ts';
import type { Row, Table } from '../../../src/warehouse/table.ts';

const COUNTS: Counts = {
  fetched: 12,
  loaded: 8,
  inserted: 5,
  updated: 2,
  unchanged: 1,
  rejected: 3,
  skipped: 1,
  deleted: 4,
  requests: 6,
};
const COUNT_COLUMNS = {
  rows_fetched: 12,
  rows_loaded: 8,
  rows_rejected: 3,
  rows_skipped: 1,
  rows_deleted: 4,
  requests: 6,
  rows_inserted: 5,
  rows_updated: 2,
};
const NO_FAILURE = { error_code: null, error_message: null, next_step: null };
const FAILURE = failureOf(new ConnectorError('HARVEST_UNAVAILABLE', 'It failed.'));
const STARTED = '2026-11-20T06:00:00.000Z';
const FINISHED = '2026-11-20T06:00:09.500Z';

const RUN: RunResult = {
  run_id: '01RUN',
  command: 'sync',
  outcome: 'ok',
  exit_code: 0,
  account: 'Acme (1)',
  warehouse: 'acme.duckdb',
  started_at: STARTED,
  finished_at: FINISHED,
  seconds: 9.5,
  totals: COUNTS,
  retried: 0,
  renamed: 0,
  streams: [],
  failure: null,
};
const SPAN = { startedAt: STARTED, finishedAt: FINISHED };
const STREAM: StreamResult = {
  ...COUNTS,
  stream: 'users',
  outcome: 'ok',
  seconds: 1.23456,
  cursor: STARTED,
  failure: null,
  reason: null,
  bytes_billed: 0,
};

const account = (isAdministrator: boolean, roles: readonly string[]): Account => ({
  userId: 1,
  userName: 'Ada',
  roles,
  isAdministrator,
  name: 'Acme',
  weekStartDay: null,
  modules: { expense: true, invoice: true, estimate: true },
  date: STARTED,
  companyRecord: null,
});

/** Names of the row that the table does not have: writing it would fail. */
const strangers = (row: Row, table: Table): readonly string[] =>
  Object.keys(row).filter((name) => !table.columns.some((column) => column.name === name));

describe('the history of a run', () => {
  const facts = {
    account: account(true, ['administrator']),
    version: '1.0.0',
    execution: null,
    deletionsOff: null,
    timeline: { span: () => SPAN, waits: () => [] },
  };

  it('has one row of the run', () => {
    const row = runRow(RUN, facts);
    expect(row).toEqual({
      run_id: '01RUN',
      command: 'sync',
      started_at: STARTED,
      finished_at: FINISHED,
      outcome: 'ok',
      exit_code: 0,
      ...COUNT_COLUMNS,
      ...NO_FAILURE,
      account: 'Acme (1)',
      role: 'administrator',
      grants: 'administrator',
      modules: 'expense, invoice, estimate',
      visibility: 'full',
      deletions_off: null,
      verified: null,
      differences: null,
      version: '1.0.0',
      execution: null,
      requests_retried: 0,
      waits: null,
      verification: null,
    });
    expect(strangers(row, HOUSEKEEPING.syncRuns)).toEqual([]);
  });

  it('says what ended it, and leaves the role open where Harvest never answered', () => {
    const failed: RunResult = { ...RUN, outcome: 'failed', exit_code: 6, failure: FAILURE };
    expect(runRow(failed, { ...facts, account: null, execution: 'job-7' })).toMatchObject({
      outcome: 'failed',
      exit_code: 6,
      error_code: 'HARVEST_UNAVAILABLE',
      role: null,
      execution: 'job-7',
    });
  });

  it('has one row of each stream', () => {
    const row = streamRow('01RUN', STREAM, SPAN, facts.account);
    expect(row).toEqual({
      run_id: '01RUN',
      stream: 'users',
      outcome: 'ok',
      ...NO_FAILURE,
      ...COUNT_COLUMNS,
      seconds: '1.235',
      bytes_billed: 0,
      started_at: STARTED,
      finished_at: FINISHED,
      reason: null,
    });
    expect(strangers(row, HOUSEKEEPING.syncStreams)).toEqual([]);
    const failed: StreamResult = { ...STREAM, outcome: 'failed', failure: FAILURE };
    expect(streamRow('01RUN', failed, SPAN, null)).toMatchObject({
      outcome: 'failed',
      error_code: 'HARVEST_UNAVAILABLE',
      error_message: 'It failed.',
      next_step: FAILURE.hint,
    });
  });

  it('does not name the owner of the token, and cuts what nobody would read', () => {
    const named = { ...FAILURE, message: `Ada may see less. ${'x'.repeat(3000)}` };
    const { error_message: told } = runRow({ ...RUN, outcome: 'failed', failure: named }, facts);
    expect(told).toMatch(/^The token's owner may see less\. x+…$/);
    expect(String(told)).toHaveLength(2000);
  });

  it('keeps the waits, and of a comparison what was counted but not what was found', () => {
    const waits = [{ bucket: 'reports' as const, started_at: STARTED, seconds: 4.1 }];
    const verification: Verification = {
      form: 'quick',
      outcome: 'differs',
      differences: 1,
      changed: 0,
      lagging: 0,
      compared: 90,
      tables: { users: 1 },
      found: [
        {
          kind: 'cell',
          cause: 'differs',
          table: 'users',
          month: null,
          group: null,
          key: '7',
          column: 'email',
          ours: 'ada@example.com',
          harvest: null,
        },
      ],
      left_out: [],
    };
    const timeline = { span: () => SPAN, waits: () => waits };
    const row = runRow({ ...RUN, verification }, { ...facts, timeline });
    expect(JSON.parse(String(row['waits']))).toEqual(waits);
    expect(row).toMatchObject({ verified: 'differs', differences: 1 });
    expect(JSON.parse(String(row['verification']))).toEqual({ ...verification, found: undefined });
    expect(JSON.stringify(row)).not.toContain('ada@example.com');
  });

  it('has a row of a run that was killed, from the lock that it left behind', () => {
    const owner = { owner: 'harvest-bq sync (acme)', host: 'h', pid: 7, started: STARTED };
    const row = crashedRow({ ...owner, run_id: '01DEAD', command: 'sync' }, FINISHED);
    expect(row).toEqual({
      run_id: '01DEAD',
      command: 'sync',
      started_at: STARTED,
      finished_at: FINISHED,
      outcome: 'crashed',
    });
    expect(strangers(row, HOUSEKEEPING.syncRuns)).toEqual([]);
  });
});

it.each<[readonly string[], string]>([
  [['administrator'], 'administrator'],
  [['manager', 'project_creator'], 'manager'],
  [['member', 'time_and_expenses_manager'], 'member'],
  [[], 'member'],
])('the role of %j is %s', (roles, role) => {
  expect(roleOf(roles)).toBe(role);
});
