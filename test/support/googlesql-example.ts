/** Tables to try Google's SQL analyser with. */
import type { Known } from './googlesql.ts';
import { catalogOf, type SchemaField } from './googlesql-catalog.ts';

const field = (name: string, type: string, over: Partial<SchemaField> = {}): SchemaField => ({
  name,
  type,
  mode: 'NULLABLE',
  ...over,
});

const COLUMNS: readonly SchemaField[] = [
  field('id', 'INTEGER'),
  field('order', 'STRING'),
  field('amount', 'NUMERIC'),
  field('is_paid', 'BOOLEAN'),
  field('issue_date', 'DATE'),
  field('notes', 'JSON'),
  field('line_items', 'RECORD', {
    mode: 'REPEATED',
    fields: [field('id', 'INTEGER'), field('project_id', 'INT64'), field('project_name', 'STRING')],
  }),
  field('updated_at', 'TIMESTAMP'),
];

const table = (dataset: string, name: string, fields: readonly SchemaField[]) => ({
  project: 'my-project',
  dataset,
  table: name,
  schema: { fields },
});

/** The tables of a stream of invoices, its staged rows and the checkpoints, with parameters of each kind. */
export const KNOWN: Known = {
  tables: catalogOf([
    table('harvest', 'invoices', [
      ...COLUMNS.map((column) => (column.name === 'id' ? { ...column, mode: 'REQUIRED' } : column)),
      field('_deleted_at', 'TIMESTAMP'),
      field('_synced_at', 'TIMESTAMP'),
      field('_run_id', 'STRING'),
    ]),
    table('_staging', 'load_1', [...COLUMNS, field('_seq', 'INTEGER')]),
    table('harvest', '_sync_state', [
      field('stream', 'STRING', { mode: 'REQUIRED' }),
      field('version', 'INTEGER', { mode: 'REQUIRED' }),
      field('cursor', 'TIMESTAMP'),
      field('state', 'JSON'),
      field('run_id', 'STRING'),
      field('committed_at', 'TIMESTAMP'),
    ]),
  ]),
  parameters: {
    states: 'ARRAY<STRUCT<stream STRING, version INT64, cursor TIMESTAMP, state STRING>>',
    names: {
      type: 'ARRAY',
      arrayType: {
        type: 'STRUCT',
        structTypes: [
          { name: 'id', type: { type: 'INT64' } },
          { name: 'name', type: { type: 'STRING' } },
        ],
      },
    },
    run_id: { type: 'STRING' },
    at: { type: 'TIMESTAMP' },
    month: 'DATE',
    rate: 'NUMERIC',
    note: 'JSON',
  },
};

export const INVOICES = '`my-project`.`harvest`.`invoices`';
export const STAGED = '`my-project`.`_staging`.`load_1`';
export const STATE = '`my-project`.`harvest`.`_sync_state`';
