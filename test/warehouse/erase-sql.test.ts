/** The SQL of an erasure as golden files; that for BigQuery has been accepted by Google's own analyser. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { fieldsOf, type Field } from '../../src/warehouse/bigquery/columns.ts';
import * as bigQuery from '../../src/warehouse/bigquery/erase-sql.ts';
import { parameterOf } from '../../src/warehouse/bigquery/orders.ts';
import type { Statement, TableRef } from '../../src/warehouse/bigquery/sql.ts';
import type { LiveTable } from '../../src/warehouse/duckdb/columns.ts';
import * as duckDb from '../../src/warehouse/duckdb/erase-sql.ts';
import { patternsOf } from '../../src/warehouse/erasure.ts';
import { catalogOf } from '../support/googlesql-catalog.ts';
import { startGoogleSql } from '../support/googlesql.ts';
import { expectGolden } from '../support/golden.ts';
import { FROM_MESSAGES, FROM_REJECTS, MESSAGES } from './conformance-erase.ts';

const STAMP = { at: '2026-11-20T06:00:00Z', run: 'run-1' };
const LOOKUP = {
  table: 'invoice_messages',
  columns: ['sent_by', 'not_there'],
  where: { column: 'user_id', value: '7' },
};

const scalar = (name: string, type: string) => ({
  name,
  type: { kind: 'scalar', name: type } as const,
  comment: null,
});

const LIVE: LiveTable = {
  name: 'invoice_messages',
  columns: [
    scalar('id', 'BIGINT'),
    scalar('user_id', 'BIGINT'),
    scalar('sent_by', 'VARCHAR'),
    scalar('body', 'VARCHAR'),
    {
      name: 'recipients',
      type: {
        kind: 'list',
        of: { kind: 'record', fields: [scalar('name', 'VARCHAR'), scalar('email', 'VARCHAR')] },
      },
      comment: null,
    },
    scalar('_synced_at', 'TIMESTAMP WITH TIME ZONE'),
    scalar('_run_id', 'VARCHAR'),
  ],
  primaryKey: ['id'],
  comment: null,
};
const REJECTS: LiveTable = {
  ...LIVE,
  name: '_rejects',
  columns: [scalar('stream', 'VARCHAR'), scalar('record_key', 'VARCHAR'), scalar('record', 'JSON')],
  primaryKey: [],
};

describe('the SQL of an erasure', () => {
  it('for DuckDB is as agreed', () => {
    const replacement = {
      table: LIVE.name,
      key: LIVE.primaryKey,
      columns: LIVE.columns.map(({ name }) => name),
      next: 'next_of_erasure',
    };
    const messages = duckDb.planErasure(LIVE, FROM_MESSAGES);
    const rejects = duckDb.planErasure(REJECTS, FROM_REJECTS);
    if (messages === null || rejects === null) throw new Error('nothing to erase');
    const statements = [
      duckDb.countErased(messages),
      duckDb.createErased(messages, replacement, STAMP),
      duckDb.eraseColumns(rejects, STAMP),
      duckDb.lookUp(LIVE, LOOKUP),
    ];
    expectGolden(
      'test/golden/sql/duckdb/erase.sql',
      statements.map((statement) => `${statement?.sql ?? ''};\n`).join('\n'),
    );
  });

  const place = (table: string): TableRef => ({ project: 'acme-data', dataset: 'harvest_acme', table });
  const patterns: TableRef = { project: 'acme-data', dataset: '_harvest_staging', table: 'acme__names__01' };
  const own: readonly Field[] = [
    { name: '_synced_at', type: 'TIMESTAMP' },
    { name: '_run_id', type: 'STRING' },
  ];
  const fields = [...fieldsOf(MESSAGES).filter(({ name }) => !name.startsWith('_')), ...own];
  const order = [...patternsOf(FROM_MESSAGES), ...patternsOf(FROM_REJECTS)];
  const at = (table: string): bigQuery.ErasePlace => ({ table: place(table), patterns, order });

  const ofBigQuery = (): readonly Statement[] => {
    const messages = bigQuery.planErasure({ fields }, FROM_MESSAGES, at('invoice_messages'));
    const rejects = bigQuery.planErasure(
      { fields: fieldsOf(HOUSEKEEPING.rejects) },
      FROM_REJECTS,
      at('_rejects'),
    );
    const lookUp = bigQuery.lookUp({ fields }, LOOKUP, place('invoice_messages'));
    if (messages === null || rejects === null || lookUp === null) throw new Error('nothing to erase');
    return [
      bigQuery.countErased(messages, at('invoice_messages')),
      bigQuery.eraseRows(messages, at('invoice_messages'), STAMP),
      bigQuery.eraseRows(rejects, at('_rejects'), STAMP),
      lookUp,
    ];
  };

  it('for BigQuery is as agreed, and names nobody', () => {
    const text = ofBigQuery().map(({ sql, parameters }) => {
      const bound = parameters.map((each) => `-- @${each.name} = ${JSON.stringify(each.value)}\n`);
      return `${bound.join('')}${sql};\n`;
    });
    expectGolden('test/golden/sql/bigquery/erase.sql', text.join('\n'));
    expect(text.join('')).not.toMatch(/jane|neil|acme\.example/i);
  });

  it('for BigQuery is accepted by Google’s analyser', async () => {
    if (google === null) return;
    for (const { sql, parameters } of ofBigQuery()) {
      const types = Object.fromEntries(
        parameters.map((each) => [each.name, (parameterOf(each) as { parameterType: object }).parameterType]),
      );
      const found = await google.analyseScript(sql, { tables: CATALOG, parameters: types as never });
      expect(found.length).toBeGreaterThan(0);
    }
  });

  const table = ({ project, dataset, table: name }: TableRef, columns: readonly Field[]) => ({
    project,
    dataset,
    table: name,
    schema: { fields: columns.map((field) => ({ mode: 'NULLABLE', ...field })) },
  });
  const CATALOG = catalogOf([
    table(place('invoice_messages'), fields),
    table(place('_rejects'), fieldsOf(HOUSEKEEPING.rejects)),
    table(patterns, [
      { name: 'id', type: 'INTEGER' },
      { name: 'pattern', type: 'STRING' },
    ]),
  ]);
});

const google = await startGoogleSql();
afterAll(async () => google?.[Symbol.asyncDispose]());
