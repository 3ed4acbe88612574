/** The queries of `verify`, as golden files; those for BigQuery accepted by Google's own analyser. */
import { afterAll, describe, expect, it } from '@jest/globals';
import * as bigquery from '../../src/warehouse/bigquery/checks-sql.ts';
import { fieldsOf } from '../../src/warehouse/bigquery/columns.ts';
import type { TableRef } from '../../src/warehouse/bigquery/sql.ts';
import type { BalanceQuestion, LiveRows, SumsQuestion } from '../../src/warehouse/checks.ts';
import * as duckdb from '../../src/warehouse/duckdb/checks-sql.ts';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { catalogOf } from '../support/googlesql-catalog.ts';
import { startGoogleSql, whyNoGoogleSql } from '../support/googlesql.ts';
import { expectGolden } from '../support/golden.ts';
import { column, table } from './workbench.ts';

const INVOICES = table('invoices', [
  column('id', 'INT64', 'REQUIRED'),
  column('issue_date', 'DATE'),
  column('client_id', 'INT64'),
  column('amount', 'NUMERIC'),
  column('due_amount', 'NUMERIC'),
  column('state', 'STRING'),
  column('sent', 'BOOL'),
  column('_deleted_at', 'TIMESTAMP'),
  column('_synced_at', 'TIMESTAMP'),
]);
const PAYMENTS = table('invoice_payments', [
  column('id', 'INT64', 'REQUIRED'),
  column('invoice_id', 'INT64'),
  column('amount', 'NUMERIC'),
  column('_synced_at', 'TIMESTAMP'),
]);

const OF: LiveRows = { table: 'invoices', key: ['id'], deletes: 'remove' };
const SUMS: SumsQuestion = {
  of: OF,
  between: { column: 'issue_date', from: '2026-01-01', to: '2026-12-31' },
  by: [
    { column: 'issue_date', part: 'month' },
    { column: 'issue_date', part: 'year' },
    { column: 'client_id', part: 'value' },
  ],
  sums: [
    { kind: 'rows', where: null },
    { kind: 'rows', where: 'sent' },
    { kind: 'sum', column: 'amount', where: null },
    { kind: 'sum', column: 'amount', where: 'sent' },
    { kind: 'products', columns: ['amount', 'due_amount'], where: 'sent' },
    { kind: 'fractions', columns: ['amount', 'due_amount'], where: null },
    { kind: 'fractions', columns: ['amount', 'due_amount'], where: 'sent' },
  ],
};
const PLAIN: SumsQuestion = { ...SUMS, between: null, by: [] };
const BALANCE: BalanceQuestion = {
  of: OF,
  total: 'amount',
  open: 'due_amount',
  except: { column: 'state', value: "it's" },
  parts: { table: 'invoice_payments', key: ['id'], deletes: 'remove' },
  pointer: 'invoice_id',
  amount: 'amount',
};
const ORPHANS = { column: 'invoice_id' };

const place = (name: string): TableRef => ({ project: 'acme-data', dataset: 'harvest_acme', table: name });
const REF = { key: ['id'], noted: null, hasMark: false };
const MARKED = { ...REF, table: place('invoices'), hasMark: true };
const KEPT = { ...REF, table: place('invoice_payments'), noted: place('_deletions') };
const FILE = { key: ['id'], hasMark: false, deletes: 'remove' } as const;
const MARKED_FILE = { ...FILE, table: 'invoices', hasMark: true, deletes: 'mark' } as const;
const KEPT_FILE = { ...FILE, table: 'invoice_payments', deletes: 'keep' } as const;

const STATEMENTS = {
  bigquery: [
    bigquery.readSums({ ...MARKED, hasMark: false }, SUMS),
    bigquery.readSums(MARKED, PLAIN),
    bigquery.readDuplicates(place('invoices'), ['id'], 20),
    bigquery.readOrphans(KEPT, MARKED, ORPHANS, 20),
    bigquery.readUnbalanced(MARKED, KEPT, BALANCE, 20),
    bigquery.readUnbalanced(MARKED, KEPT, { ...BALANCE, except: null }, 20),
  ],
  duckdb: [
    duckdb.readTables(),
    duckdb.readSums({ ...MARKED_FILE, hasMark: false, deletes: 'remove' }, SUMS),
    duckdb.readSums(MARKED_FILE, PLAIN),
    duckdb.readDuplicates('invoices', ['id'], 20),
    duckdb.readOrphans(KEPT_FILE, MARKED_FILE, ORPHANS, 20),
    duckdb.readUnbalanced(MARKED_FILE, KEPT_FILE, BALANCE, 20),
  ],
};

const CATALOG = catalogOf(
  [INVOICES, PAYMENTS, HOUSEKEEPING.deletions].map((each) => ({
    ...place(each.name),
    schema: {
      fields: fieldsOf({ ...each, kind: 'housekeeping' }).map((field) => ({ mode: 'NULLABLE', ...field })),
    },
  })),
);

const google = await startGoogleSql();
afterAll(async () => google?.[Symbol.asyncDispose]());

describe('the queries of verify', () => {
  it.each(['bigquery', 'duckdb'] as const)('for %s are as agreed', (dialect) => {
    const text = STATEMENTS[dialect].map(({ sql }) => `${sql};\n`).join('\n');
    expectGolden(`test/golden/sql/${dialect}/checks.sql`, text);
  });

  const analysed = google === null ? it.skip : it;
  if (google === null) process.stderr.write(`SKIPPED: Google’s analyser: ${whyNoGoogleSql() ?? 'none'}\n`);

  analysed('are accepted by Google’s analyser', async () => {
    for (const { sql } of STATEMENTS.bigquery) {
      const found = await google?.analyseScript(`${sql};`, { tables: CATALOG, parameters: {} });
      expect(found?.length).toBeGreaterThan(0);
    }
  });
});
