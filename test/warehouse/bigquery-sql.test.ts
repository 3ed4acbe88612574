/** Every statement that BigQuery can be sent, as a golden file that Google's own analyser has accepted. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { BUDGET_HISTORY } from '../../src/catalog/tables.ts';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { fieldsOf, stagingField, type Field } from '../../src/warehouse/bigquery/columns.ts';
import { flatViewQuery } from '../../src/warehouse/bigquery/ddl-sql.ts';
import { compare } from '../../src/warehouse/bigquery/compare-sql.ts';
import * as emptied from '../../src/warehouse/bigquery/emptied-sql.ts';
import * as gone from '../../src/warehouse/bigquery/gone-sql.ts';
import * as housekeeping from '../../src/warehouse/bigquery/housekeeping-sql.ts';
import * as live from '../../src/warehouse/bigquery/live-sql.ts';
import * as load from '../../src/warehouse/bigquery/load-sql.ts';
import { parameterOf } from '../../src/warehouse/bigquery/orders.ts';
import { readMatching, readNewest } from '../../src/warehouse/bigquery/reads-sql.ts';
import { renameColumn, renameInList } from '../../src/warehouse/bigquery/rename-sql.ts';
import { noteRestated } from '../../src/warehouse/bigquery/restate-sql.ts';
import type { Statement, TableRef } from '../../src/warehouse/bigquery/sql.ts';
import { sortColumns } from '../../src/warehouse/emptied-columns.ts';
import { catalogOf } from '../support/googlesql-catalog.ts';
import { startGoogleSql, whyNoGoogleSql } from '../support/googlesql.ts';
import { expectGolden } from '../support/golden.ts';
import { INVOICES, MONTHS, column } from './workbench.ts';

const STAMP = { at: '2026-11-20T06:00:00Z', run: 'run-1' };
const place = (table: string): TableRef => ({ project: 'acme-data', dataset: 'harvest_acme', table });
const staging = (table: string): TableRef => ({ project: 'acme-data', dataset: '_harvest_staging', table });

const MARKED = {
  ...INVOICES,
  columns: [...INVOICES.columns, column('order', 'STRING'), column('notes', 'JSON')],
  marksDeletions: true,
};
const OWN_FIELD: Field = { name: 'own', type: 'STRING', mode: 'NULLABLE' };

/** The table as somebody has it who added a field to the list. */
const LIVE = fieldsOf(MARKED).map((field) =>
  field.name === 'line_items' ? { ...field, fields: [...(field.fields ?? []), OWN_FIELD] } : field,
);

const columnsOf = (names: readonly string[], fields: readonly Field[]): readonly Field[] =>
  fields.filter(({ name }) => names.includes(name));

const SHAPE: load.LoadShape = {
  table: place('invoices'),
  staged: staging('acme__invoices__0123'),
  deletions: place('_deletions'),
  key: ['id'],
  columns: columnsOf(
    MARKED.columns.map(({ name }) => name),
    LIVE,
  ),
  partial: new Map([['line_items', ['id', 'project_id', 'project_name', 'amount']]]),
  newestBy: 'updated_at',
  hasMark: true,
  deletes: 'mark',
  missing: 'go',
  watch: ['client_id'],
};

const MONTH: load.LoadShape = {
  table: place('time_clients'),
  staged: staging('acme__time_clients__4567'),
  deletions: place('_deletions'),
  key: ['period_start', 'client_id', 'currency'],
  columns: columnsOf(
    MONTHS.columns.map(({ name }) => name),
    fieldsOf(MONTHS),
  ),
  partial: new Map(),
  newestBy: null,
  hasMark: false,
  deletes: 'remove',
  missing: 'go',
  watch: [],
};

const CHANGES = staging('acme__invoices__0123__changes_0');
const MONTH_CHANGES = staging('acme__time_clients__4567__changes_0');
const REJECTS = staging('acme__rejects__89ab');
const BOUNDS = { least: '13150403', greatest: '9007199254740993' };
const MONTH_BOUNDS = { least: "DATE '2026-09-01'", greatest: "DATE '2026-11-01'" };
const SCOPE = { kind: 'where', column: 'period_start', values: ['2026-11-01', "it's"] } as const;
const DATES = {
  kind: 'dates',
  column: 'period_start',
  from: '2026-01-01',
  to: '2026-12-31',
  undated: true,
} as const;
const VIEW = {
  name: 'invoice_line_items',
  description: 'Lines.',
  table: 'invoices',
  columns: [{ name: 'id', as: 'invoice_id' }],
  list: 'line_items',
  fields: [
    { name: 'id', as: 'line_item_id' },
    { name: 'amount', as: 'amount' },
  ],
};
const STATES = [
  { stream: 'invoices', expectedVersion: 3, cursor: '2026-11-20T06:00:02Z', state: { done: ["it's"] } },
  { stream: 'invoice_payments', expectedVersion: 0, cursor: null, state: {} },
];
const DRIFT = [{ stream: 'invoices', path: 'vat', typeSeen: 'string', occurrences: 2 }];
const RENAME = {
  table: INVOICES,
  deletes: 'keep' as const,
  history: null,
  names: new Map([
    ['7', "O'Neill"],
    ['8', null],
  ]),
};
const state = place('_sync_state');
const drift = place('_schema_drift');
const lineItems = LIVE.find(({ name }) => name === 'line_items')?.fields ?? [];
const renames = [
  renameColumn(
    { ...RENAME, list: null, idColumn: 'client_id', column: 'client_name' },
    { table: place('invoices'), deletions: place('_deletions'), names: 'names_0' },
    STAMP,
  ),
  renameInList(
    { ...RENAME, list: 'line_items', idColumn: 'project_id', column: 'project_name' },
    'line_items',
    lineItems,
    { table: place('invoices'), deletions: place('_deletions'), names: 'names_1' },
    STAMP,
  ),
];
const monthScope = gone.scopeSql(SCOPE, MONTH.columns);

const EMPTIED = sortColumns(['client_name', 'notes', 'tags', 'line_items.project_name', 'line_items.own']);

const read = (statement: Statement | null): readonly Statement[] => (statement === null ? [] : [statement]);

const STATEMENTS: Readonly<Record<string, readonly Statement[]>> = {
  'compare-merge': [compare(SHAPE, null, BOUNDS)],
  'compare-all': [
    compare(
      { ...SHAPE, deletes: 'remove' },
      gone.scopeSql({ kind: 'all', allowShrink: false }, SHAPE.columns),
      BOUNDS,
    ),
  ],
  'compare-months': [compare(MONTH, monthScope, MONTH_BOUNDS)],
  'compare-missing': [
    compare(
      { ...SHAPE, missing: 'tell' },
      gone.scopeSql({ kind: 'all', allowShrink: false }, SHAPE.columns),
      null,
    ),
    compare(
      { ...MONTH, deletes: 'keep', missing: 'tell' },
      gone.scopeSql(DATES, MONTH.columns),
      MONTH_BOUNDS,
    ),
    compare({ ...MONTH, deletes: 'keep' }, null, MONTH_BOUNDS),
  ],
  live: [
    live.countLive({ ...MONTH, deletes: 'mark' }, 'period_start'),
    live.countLive(SHAPE, null),
    live.countLive({ ...SHAPE, deletes: 'keep' }, 'client_id'),
    live.countLive({ ...MONTH, deletes: 'keep' }, null),
  ],
  'insert-only': [
    load.addRows(SHAPE, CHANGES, load.INSERT, BOUNDS, STAMP),
    load.addRows(SHAPE, SHAPE.staged, load.UPSERT, null, STAMP),
  ],
  merge: [
    load.mergeRows(SHAPE, CHANGES, BOUNDS, STAMP),
    load.mergeRows(MONTH, MONTH_CHANGES, MONTH_BOUNDS, STAMP),
    load.mergeRows({ ...MONTH, deletes: 'keep' }, MONTH_CHANGES, null, STAMP),
  ],
  'note-gone': [
    gone.noteGone(SHAPE, CHANGES, 'sweep', STAMP),
    gone.noteGone({ ...MONTH, deletes: 'keep' }, MONTH_CHANGES, null, STAMP),
    gone.countUnmarked(place('invoices'), '0123'),
  ],
  restate: [
    noteRestated(
      MONTH,
      { from: MONTH_CHANGES, insertedAs: load.INSERT, bounds: MONTH_BOUNDS },
      { periods: ['2026-10-01', '2026-11-01'], columns: ['total'] },
      place('_restatements'),
      STAMP,
    ),
    noteRestated(
      MONTH,
      { from: MONTH.staged, insertedAs: load.UPSERT, bounds: null },
      { periods: ['2026-11-01'], columns: ['total'] },
      place('_restatements'),
      STAMP,
    ),
  ],
  rename: renames,
  state: [
    housekeeping.appendStates(STATES, state, STAMP),
    housekeeping.pruneStates(state, '2026-10-20T06:00:00Z'),
    housekeeping.pruneNotes(place(BUDGET_HISTORY), '2026-10-20T00:00:00Z', 'day'),
  ],
  emptied: [
    emptied.countingTransaction(
      [housekeeping.writeStates(STATES, state, STAMP)],
      [
        ...read(emptied.emptyColumnsOf({ fields: LIVE }, place('invoices'), EMPTIED, STAMP)),
        emptied.emptyRejects(place('_rejects'), 'invoices', EMPTIED, 0),
        emptied.dropRestated(place('_restatements'), 'invoices', EMPTIED.whole, 0),
      ],
    ),
  ],
  drift: [housekeeping.countDrift(DRIFT, drift, STAMP)],
  'commit-script': [
    housekeeping.transaction(
      [
        housekeeping.writeStates(STATES, state, STAMP),
        gone.noteGone(SHAPE, CHANGES, 'sweep', STAMP),
        load.mergeRows(SHAPE, CHANGES, BOUNDS, STAMP),
        housekeeping.insertStaged(
          place('_rejects'),
          REJECTS,
          HOUSEKEEPING.rejects.columns.map(({ name }) => name),
        ),
        housekeeping.countDrift(DRIFT, drift, STAMP),
      ],
      renames,
    ),
  ],
  reads: [
    ...read(
      readMatching(
        place('users'),
        ['id', 'first_name'],
        { type: 'INTEGER', hasMark: false },
        { column: 'id', values: ['7', 'x'] },
      ),
    ),
    ...read(
      readMatching(
        place('invoices'),
        ['client_id'],
        { type: 'INTEGER', hasMark: true },
        { column: 'id', values: ['7'] },
      ),
    ),
    readNewest(MONTHS, place('time_clients'), (name) => name !== 'total', 'period_start', 5),
  ],
  view: [{ sql: flatViewQuery(VIEW, place('invoices'), true), parameters: [] }],
};

const changeFields = (shape: load.LoadShape): readonly Field[] =>
  load.changeColumns(shape).map((name) => {
    const found = shape.columns.find((field) => field.name === name);
    if (found !== undefined) return stagingField(found);
    const watched = /^_before_(\d+)$/.exec(name)?.[1];
    const before = shape.columns.find((field) => field.name === shape.watch[Number(watched)]);
    if (before !== undefined) return { ...stagingField(before), name };
    return { name, type: name === '_change' ? 'STRING' : 'TIMESTAMP', mode: 'NULLABLE' };
  });

const table = ({ project, dataset, table: name }: TableRef, fields: readonly Field[]) => ({
  project,
  dataset,
  table: name,
  schema: { fields: fields.map((field) => ({ mode: 'NULLABLE', ...field })) },
});

const CHANGE: Field = { name: '_change', type: 'STRING', mode: 'NULLABLE' };
const CATALOG = catalogOf([
  table(place('invoices'), LIVE),
  table(place('time_clients'), fieldsOf(MONTHS)),
  table(place('users'), [
    { name: 'id', type: 'INTEGER' },
    { name: 'first_name', type: 'STRING' },
  ]),
  table(SHAPE.staged, [...SHAPE.columns.map(stagingField), CHANGE]),
  table(MONTH.staged, [...MONTH.columns.map(stagingField), CHANGE]),
  table(CHANGES, changeFields(SHAPE)),
  table(MONTH_CHANGES, changeFields(MONTH)),
  table(REJECTS, fieldsOf(HOUSEKEEPING.rejects).map(stagingField)),
  table(place(BUDGET_HISTORY), [{ name: 'snapshot_date', type: 'DATE' }]),
  ...Object.values(HOUSEKEEPING).map((each) => table(place(each.name), fieldsOf(each))),
]);

const google = await startGoogleSql();
afterAll(async () => google?.[Symbol.asyncDispose]());

describe('the SQL for BigQuery', () => {
  it.each(Object.keys(STATEMENTS))('of %s is as agreed', (name) => {
    const text = (STATEMENTS[name] ?? []).map(({ sql, parameters }) => {
      const bound = parameters.map((each) => `-- @${each.name} = ${JSON.stringify(each.value)}\n`);
      return `${bound.join('')}${sql.replace(/;$/, '')};\n`;
    });
    expectGolden(`test/golden/sql/bigquery/${name}.sql`, text.join('\n'));
  });

  const analysed = google === null ? it.skip : it;
  if (google === null) process.stderr.write(`SKIPPED: Google’s analyser: ${whyNoGoogleSql() ?? 'none'}\n`);

  analysed.each(Object.keys(STATEMENTS))('of %s is accepted by Google’s analyser', async (name) => {
    for (const { sql, parameters } of STATEMENTS[name] ?? []) {
      const types = Object.fromEntries(
        parameters.map((each) => [each.name, (parameterOf(each) as { parameterType: object }).parameterType]),
      );
      const found = await google?.analyseScript(sql, { tables: CATALOG, parameters: types as never });
      expect(found?.length).toBeGreaterThan(0);
    }
  });

  it('bounds a MERGE on the key alone, which never changes', () => {
    const { sql } = load.mergeRows(SHAPE, CHANGES, BOUNDS, STAMP);
    expect(/ON ([\s\S]*?)\nWHEN/.exec(sql)?.[1]).toBe(
      'target.`id` = changed.`id`\n  AND target.`id` BETWEEN 13150403 AND 9007199254740993',
    );
  });

  it('bills nothing for checkpoints alone: the statement names no table but the one that it appends to, and reads none', async () => {
    const { sql } = housekeeping.appendStates(STATES, state, STAMP);
    expect(sql).toMatch(/^INSERT INTO `acme-data`\.`harvest_acme`\.`_sync_state` \(.*\) VALUES\n/);
    expect(sql).not.toMatch(/\b(SELECT|FROM|JOIN|MERGE|UPDATE|DELETE)\b/);
  });
});
