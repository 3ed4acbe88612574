/** The statements for the versions of rows, as golden files; those for BigQuery accepted by Google's own analyser. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { fieldsOf, stagingField, type Field } from '../../src/warehouse/bigquery/columns.ts';
import * as bigquery from '../../src/warehouse/bigquery/history-sql.ts';
import { parameterOf } from '../../src/warehouse/bigquery/orders.ts';
import { renameColumn, renameInList } from '../../src/warehouse/bigquery/rename-sql.ts';
import type { Statement, TableRef } from '../../src/warehouse/bigquery/sql.ts';
import { sqlType } from '../../src/warehouse/duckdb/columns.ts';
import * as duckdb from '../../src/warehouse/duckdb/history-sql.ts';
import type { LoadShape } from '../../src/warehouse/duckdb/load-sql.ts';
import * as renaming from '../../src/warehouse/duckdb/rename-sql.ts';
import type { Statement as FileStatement } from '../../src/warehouse/duckdb/sql.ts';
import { catalogOf } from '../support/googlesql-catalog.ts';
import { startGoogleSql, whyNoGoogleSql } from '../support/googlesql.ts';
import { expectGolden } from '../support/golden.ts';
import { column, historyFor, INVOICES } from './workbench.ts';

const ROWS = { ...INVOICES, columns: [...INVOICES.columns, column('notes', 'JSON')], marksDeletions: true };
const HISTORY = historyFor(ROWS);
const STAMP = { at: '2026-11-20T06:00:00Z', run: 'run-1' };
const BEFORE = '2026-10-20T06:00:00Z';
const DELETES = ['mark', 'keep'] as const;

const COLUMN = { idColumn: 'client_id', column: 'client_name', list: null };
const FIELD = { idColumn: 'project_id', column: 'project_name', list: 'line_items' };
const RENAME = {
  table: HISTORY,
  deletes: 'remove' as const,
  history: null,
  names: new Map([['7', "O'Neill"]]),
};

const place = (table: string): TableRef => ({ project: 'acme-data', dataset: 'harvest_acme', table });
const staging = (table: string): TableRef => ({ project: 'acme-data', dataset: '_harvest_staging', table });
const CHANGES = staging('acme__invoices__0123__changes_0');
const BOUNDS = { least: '13150403', greatest: '9007199254740993' };

/** The table of the rows as somebody has it who added a field to the list. */
const OWN_FIELD: Field = { name: 'own', type: 'STRING', mode: 'NULLABLE' };
const FIELDS = fieldsOf(ROWS).map((field) =>
  field.name === 'line_items' ? { ...field, fields: [...(field.fields ?? []), OWN_FIELD] } : field,
);
const VERSION_FIELDS = fieldsOf(HISTORY);

const VERSIONS: bigquery.HistoryShape = {
  table: place('invoices_history'),
  key: ['id'],
  columns: ROWS.columns.map(({ name, fields = [] }) => ({
    name,
    row: FIELDS.find((field) => field.name === name) ?? OWN_FIELD,
    version: VERSION_FIELDS.find((field) => field.name === name) ?? OWN_FIELD,
    fields: fields.map((field) => field.name),
  })),
};
const AT = { table: VERSIONS.table, deletions: place('_deletions') };
const LIST = VERSION_FIELDS.find(({ name }) => name === 'line_items')?.fields ?? [];

const BIGQUERY: readonly Statement[] = [
  bigquery.closeChanged(VERSIONS, { from: CHANGES, bounds: BOUNDS }, STAMP),
  bigquery.openChanged(VERSIONS, { from: CHANGES, bounds: BOUNDS }, STAMP),
  bigquery.openChanged(VERSIONS, { from: CHANGES, bounds: null }, STAMP),
  ...DELETES.flatMap((deletes) => {
    const standing = { table: place('invoices'), deletions: AT.deletions, key: ['id'] };
    const of = { rows: { ...standing, deletes, hasMark: deletes === 'mark' }, history: VERSIONS };
    return [bigquery.closeOthers(of, STAMP), bigquery.openMissing(of, STAMP), bigquery.readFaults(of, 20)];
  }),
  bigquery.pruneVersions(VERSIONS.table, BEFORE, '0123'),
  renameColumn({ ...RENAME, ...COLUMN }, { ...AT, names: 'names_0' }, STAMP),
  renameInList({ ...RENAME, ...FIELD }, FIELD.list, LIST, { ...AT, names: 'names_1' }, STAMP),
];

const IN_FILE: duckdb.HistoryShape = {
  table: 'invoices_history',
  key: ['id'],
  columns: ROWS.columns.map((each) => ({
    name: each.name,
    type: sqlType(each),
    versionType: each.name === 'line_items' ? 'STRUCT("id" BIGINT, "own" VARCHAR)[]' : sqlType(each),
  })),
};
const SHAPE: LoadShape = {
  table: 'invoices',
  staged: 'load_1',
  gone: 'gone_1',
  key: ['id'],
  columns: [],
  newestBy: null,
  hasMark: false,
  deletes: 'remove',
};
const NEXT = {
  table: 'invoices_history',
  key: HISTORY.primaryKey,
  columns: HISTORY.columns.map(({ name }) => name),
  next: 'next_of_rename',
};

const DUCKDB: readonly FileStatement[] = [
  duckdb.closeGone(IN_FILE, SHAPE, STAMP),
  duckdb.closeChanged(IN_FILE, SHAPE, STAMP),
  duckdb.openChanged(IN_FILE, SHAPE, STAMP),
  ...DELETES.flatMap((deletes) => {
    const of = { rows: { ...SHAPE, deletes, hasMark: deletes === 'mark' }, history: IN_FILE };
    return [duckdb.closeOthers(of, STAMP), duckdb.openMissing(of, STAMP), duckdb.readFaults(of, 20)];
  }),
  duckdb.pruneVersions(IN_FILE.table, BEFORE),
  renaming.renameColumn({ ...RENAME, ...COLUMN }, 'BIGINT', STAMP),
  renaming.createRenamed({ ...RENAME, ...FIELD }, FIELD.list, NEXT, STAMP),
];

const tableOf = (ref: TableRef, fields: readonly Field[]) => ({
  ...ref,
  schema: { fields: fields.map((field) => ({ mode: 'NULLABLE', ...field })) },
});
const CATALOG = catalogOf([
  tableOf(place('invoices'), FIELDS),
  tableOf(VERSIONS.table, VERSION_FIELDS),
  tableOf(AT.deletions, fieldsOf(HOUSEKEEPING.deletions)),
  tableOf(CHANGES, [...FIELDS.map(stagingField), { name: '_change', type: 'STRING' }]),
]);

const google = await startGoogleSql();
afterAll(async () => google?.[Symbol.asyncDispose]());

describe('the SQL of histories', () => {
  it('for DuckDB is as agreed', () => {
    const text = DUCKDB.map(({ sql, values }) => {
      const bound = Object.entries(values ?? {}).map(([key, value]) => `-- $${key} = ${value ?? 'NULL'}\n`);
      return `${bound.join('')}${sql};\n`;
    });
    expectGolden('test/golden/sql/duckdb/history.sql', text.join('\n'));
  });

  it('for BigQuery is as agreed', () => {
    const text = BIGQUERY.map(({ sql, parameters }) => {
      const bound = parameters.map((each) => `-- @${each.name} = ${JSON.stringify(each.value)}\n`);
      return `${bound.join('')}${sql};\n`;
    });
    expectGolden('test/golden/sql/bigquery/history.sql', text.join('\n'));
  });

  const analysed = google === null ? it.skip : it;
  if (google === null) process.stderr.write(`SKIPPED: Google’s analyser: ${whyNoGoogleSql() ?? 'none'}\n`);

  analysed('for BigQuery is accepted by Google’s analyser', async () => {
    for (const { sql, parameters } of BIGQUERY) {
      const types = Object.fromEntries(
        parameters.map((each) => [each.name, (parameterOf(each) as { parameterType: object }).parameterType]),
      );
      const found = await google?.analyseScript(`${sql};`, { tables: CATALOG, parameters: types as never });
      expect(found?.length).toBeGreaterThan(0);
    }
  });
});
