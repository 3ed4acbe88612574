import { describe, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import {
  addColumn,
  createFilled,
  createTable,
  createView,
  flatViewBody,
} from '../../src/warehouse/duckdb/ddl-sql.ts';
import { readSequence } from '../../src/warehouse/duckdb/compare-ranges.ts';
import * as emptied from '../../src/warehouse/duckdb/emptied-sql.ts';
import * as gone from '../../src/warehouse/duckdb/gone-sql.ts';
import * as housekeeping from '../../src/warehouse/duckdb/housekeeping-sql.ts';
import * as live from '../../src/warehouse/duckdb/live-sql.ts';
import * as load from '../../src/warehouse/duckdb/load-sql.ts';
import { createRenamed, renameColumn } from '../../src/warehouse/duckdb/rename-sql.ts';
import { dropNext, dropOld, insertNext } from '../../src/warehouse/duckdb/replace-sql.ts';
import { noteRestated } from '../../src/warehouse/duckdb/restate-sql.ts';
import type { Statement } from '../../src/warehouse/duckdb/sql.ts';
import { sortColumns } from '../../src/warehouse/emptied-columns.ts';
import { expectGolden } from '../support/golden.ts';
import { INVOICES, MONTHS, column } from './workbench.ts';

const STAMP = { at: '2026-11-20T06:00:00Z', run: 'run-1' };

const RECORDS = 'STRUCT("id" BIGINT, "project_name" VARCHAR)[]';
const LIVE_RECORDS = 'STRUCT("id" BIGINT, "project_name" VARCHAR, "own" VARCHAR)[]';

const plain = (name: string, type: string, over: Partial<load.LoadColumn> = {}): load.LoadColumn => ({
  name,
  type,
  liveType: type,
  isList: false,
  fileType: load.fileTypeOf(type),
  ...over,
});

const SHAPE: load.LoadShape = {
  table: 'invoices',
  staged: 'load_1',
  gone: 'gone_1',
  key: ['id'],
  columns: [
    plain('id', 'BIGINT'),
    plain('order', 'VARCHAR'),
    plain('amount', 'DECIMAL(38,9)'),
    plain('notes', 'JSON'),
    plain('line_items', RECORDS, { isList: true, liveType: LIVE_RECORDS }),
    plain('updated_at', 'TIMESTAMP WITH TIME ZONE'),
  ],
  newestBy: 'updated_at',
  hasMark: true,
  deletes: 'mark',
};

const MONTH: load.LoadShape = {
  table: 'time_clients',
  staged: 'load_2',
  gone: 'gone_2',
  key: ['period_start', 'client_id', 'currency'],
  columns: [
    plain('period_start', 'DATE'),
    plain('client_id', 'BIGINT'),
    plain('currency', 'VARCHAR'),
    plain('total', 'DECIMAL(38,9)'),
  ],
  newestBy: null,
  hasMark: false,
  deletes: 'remove',
};

const WHERE = { kind: 'where', column: 'period_start', values: ['2026-01-01', "it's"] } as const;

const DATES = {
  kind: 'dates',
  column: 'period_start',
  from: '2026-01-01',
  to: null,
  undated: true,
} as const;
const KEY_TYPES = ['DATE', 'BIGINT', 'VARCHAR'];
const KEYS = [['2026-01-01', '7', 'EUR']];

const RESTATED = { periods: ['2026-01-01', '2026-02-01'], columns: ['total'] };

const NEXT = {
  table: 'invoices',
  key: ['id'],
  columns: ['id', 'order', 'own', 'line_items', '_deleted_at', '_synced_at', '_run_id'],
  next: 'next_of_load_1',
};

const VIEW = {
  name: 'invoice_line_items',
  description: 'Lines.',
  table: 'invoices',
  columns: [{ name: 'id', as: 'invoice_id' }],
  list: 'line_items',
  fields: [{ name: 'id', as: 'line_item_id' }],
};

const RENAME = {
  table: INVOICES,
  deletes: 'keep' as const,
  history: null,
  names: new Map([['7', "O'Neill"]]),
};
const STATE = { stream: 'clients', expectedVersion: 3, cursor: null, state: { done: ['2026-01'] } };
const DRIFT = { stream: 'clients', path: 'vat', typeSeen: 'string', occurrences: 2 };

const scalar = (name: string, type: string) => ({
  name,
  type: { kind: 'scalar', name: type } as const,
  comment: null,
});
const RECORD = {
  kind: 'record',
  fields: [scalar('id', 'BIGINT'), scalar('project_name', 'VARCHAR')],
} as const;
const EMPTIED = emptied.createEmptied(
  {
    name: 'invoices',
    columns: [
      scalar('order', 'VARCHAR'),
      { name: 'tags', type: { kind: 'list', of: { kind: 'scalar', name: 'VARCHAR' } }, comment: null },
      { name: 'line_items', type: { kind: 'list', of: RECORD }, comment: null },
    ],
    primaryKey: ['id'],
    comment: null,
  },
  sortColumns(['order', 'tags', 'line_items.project_name']),
  { ...NEXT, next: 'next_of_emptied' },
  STAMP,
);

const STATEMENTS: Readonly<Record<string, readonly Statement[]>> = {
  'create-table': [createTable({ ...INVOICES, marksDeletions: true }), createTable(HOUSEKEEPING.syncState)],
  'add-column': [
    addColumn('invoices', { into: [], column: column('order', 'STRING') }),
    addColumn('invoices', { into: ['line_items'], column: column('taxed', 'BOOL') }),
    createFilled(['line_items'], NEXT),
  ],
  'create-view': [createView(VIEW.name, flatViewBody(VIEW, true))],
  stage: [
    load.createStaged(SHAPE),
    load.readFiles(SHAPE, ["/tmp/it's/1.ndjson", '/tmp/2.ndjson']),
    load.dropDuplicates(SHAPE),
  ],
  compare: [
    load.compareRows(SHAPE),
    load.compareRows({ ...MONTH, deletes: 'keep' }),
    readSequence(SHAPE),
    load.compareRows({ ...MONTH, columns: MONTH.columns.slice(0, 1) }, { from: 1, to: 500_001 }),
    load.countChanges(SHAPE),
  ],
  transitions: [load.readTransitions(SHAPE, ['order'], true)],
  write: [
    load.insertRows(SHAPE, STAMP),
    load.updateRows(SHAPE, STAMP),
    load.createChanged(SHAPE, NEXT, STAMP),
    dropOld(NEXT),
    insertNext(NEXT),
    dropNext(NEXT),
  ],
  'find-gone': [
    gone.createGone(MONTH),
    gone.findGone(MONTH, WHERE, 'DATE'),
    gone.findGone(SHAPE, { kind: 'all', allowShrink: false }, ''),
    gone.findGone(MONTH, DATES, 'DATE'),
    gone.findKeys(MONTH, KEY_TYPES, KEYS, load.BY_REMOVAL),
    gone.findKeys({ ...MONTH, deletes: 'keep' }, KEY_TYPES, KEYS, load.BY_SCOPE),
    gone.spareRows(MONTH, KEY_TYPES, KEYS),
    gone.countGone(MONTH),
    gone.countPresent(SHAPE),
  ],
  'read-missing': [
    gone.readMissing(SHAPE, { kind: 'all', allowShrink: false }, { scope: '', key: ['BIGINT'] }, [], false),
    gone.readMissing({ ...MONTH, deletes: 'keep' }, DATES, { scope: 'DATE', key: KEY_TYPES }, KEYS, true),
  ],
  live: [
    live.countLive(MONTH, 'period_start'),
    live.countLive(SHAPE, null),
    live.countLive({ ...MONTH, deletes: 'keep' }, 'period_start'),
  ],
  'drop-gone': [
    gone.dropGone(MONTH, STAMP),
    gone.dropGone(SHAPE, STAMP),
    gone.dropGone({ ...MONTH, deletes: 'keep' }, STAMP),
    gone.noteGone(MONTH, 'sweep', STAMP),
    gone.noteGone({ ...MONTH, deletes: 'keep' }, null, STAMP),
  ],
  restate: [noteRestated(MONTH, RESTATED, true, STAMP), noteRestated(MONTH, RESTATED, false, STAMP)],
  rename: [
    renameColumn({ ...RENAME, list: null, idColumn: 'client_id', column: 'client_name' }, 'BIGINT', STAMP),
    createRenamed(
      { ...RENAME, list: 'line_items', idColumn: 'project_id', column: 'project_name' },
      'line_items',
      { ...NEXT, next: 'next_of_rename' },
      STAMP,
    ),
  ],
  emptied: [
    ...(EMPTIED === null ? [] : [EMPTIED]),
    emptied.readRejects('invoices'),
    emptied.writeRejects([['7', '{"id":1}']]),
    emptied.dropRestated('invoices', ['notes']),
  ],
  state: [housekeeping.writeState(STATE, STAMP), housekeeping.readStates()],
  housekeeping: [
    ...housekeeping.appendRows(HOUSEKEEPING.rejects, [{ stream: 'clients', record: { id: 1 } }]),
    ...housekeeping.countDrift([DRIFT, DRIFT], STAMP.at),
    housekeeping.readNewest(MONTHS, (name) => name !== 'total', 'period_start', 5),
  ],
};

describe('the SQL for DuckDB', () => {
  it.each(Object.keys(STATEMENTS))('of %s is as agreed', (name) => {
    const text = (STATEMENTS[name] ?? []).map(({ sql, values }) => {
      const bound = Object.entries(values ?? {}).map(([key, value]) => `-- $${key} = ${value ?? 'NULL'}\n`);
      return `${bound.join('')}${sql};\n`;
    });
    expectGolden(`test/golden/sql/duckdb/${name}.sql`, text.join('\n'));
  });
});
