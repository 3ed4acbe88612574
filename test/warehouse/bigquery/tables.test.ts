import { describe, expect, it } from '@jest/globals';
import type { Field } from '../../../src/warehouse/bigquery/columns.ts';
import { ensureTables } from '../../../src/warehouse/bigquery/tables.ts';
import type { FlatView, Table } from '../../../src/warehouse/table.ts';
import { BACKEND_ERROR } from '../../bigquery/support/documented-errors.ts';
import { column, INVOICES, list, MONTHS, table } from '../workbench.ts';
import { openOffice, thrownBy, type Office } from './office.ts';
import { after, answerIsLost, answers } from './scripted-faults.ts';
import { field } from './scripted-jobs.ts';
import { fieldsOf } from './scripted-world.ts';

const CLIENTS = table('clients', [
  column('id', 'INT64', 'REQUIRED'),
  column('name', 'STRING', 'REQUIRED'),
  column('active', 'BOOL'),
]);

const VIEW: FlatView = {
  name: 'invoice_lines',
  description: 'One row for each line.',
  table: 'invoices',
  columns: [{ name: 'id', as: 'invoice_id' }],
  list: 'line_items',
  fields: [{ name: 'amount', as: 'amount' }],
};

/** Makes the tables, and forgets how. */
async function made(tables: readonly Table[], views: readonly FlatView[] = []): Promise<Office> {
  const office = await openOffice();
  await ensureTables(tables, views, office.place);
  return office;
}

function stored(office: Office, name: string): Readonly<Record<string, unknown>> {
  return office.server.world.tables.get(`d.${name}`) ?? {};
}

function fieldNamed(office: Office, of: string, name: string): Field | undefined {
  return fieldsOf(stored(office, of)).find((each) => each.name === name);
}

describe('a table that is missing', () => {
  it('is made in one request, with its key, its clustering, its descriptions and its labels', async () => {
    await using office = await made([CLIENTS]);
    const [request, ...others] = office.server.of('table.insert');
    expect(others).toEqual([]);
    expect(request?.json).toMatchObject({
      tableReference: { projectId: 'test', datasetId: 'd', tableId: 'clients' },
      description: 'All clients.',
      labels: { app: 'harvest-bq', connector: 'acme' },
      tableConstraints: { primaryKey: { columns: ['id'] } },
      clustering: { fields: ['id'] },
      schema: {
        fields: [
          { name: 'id', type: 'INTEGER', mode: 'REQUIRED', description: 'What id says.' },
          { name: 'name', type: 'STRING', mode: 'NULLABLE', description: 'What name says.' },
          { name: 'active', type: 'BOOLEAN', mode: 'NULLABLE', description: 'What active says.' },
          { name: '_synced_at', type: 'TIMESTAMP', mode: 'NULLABLE' },
          { name: '_run_id', type: 'STRING', mode: 'NULLABLE' },
        ],
      },
    });
  });

  it('has lists as REPEATED, and all parts of its key', async () => {
    await using office = await made([INVOICES, { ...MONTHS, marksDeletions: true }]);
    expect(fieldNamed(office, 'invoices', 'line_items')).toMatchObject({ type: 'RECORD', mode: 'REPEATED' });
    expect(fieldNamed(office, 'invoices', 'tags')).toMatchObject({ type: 'STRING', mode: 'REPEATED' });
    expect(fieldNamed(office, 'time_clients', '_deleted_at')).toMatchObject({ type: 'TIMESTAMP' });
    expect(stored(office, 'time_clients')).toMatchObject({
      tableConstraints: { primaryKey: { columns: ['period_start', 'client_id', 'currency'] } },
      clustering: { fields: ['period_start', 'client_id', 'currency'] },
    });
  });

  it('is clustered by four columns at most, and not at all without a key', async () => {
    const parts = ['a', 'b', 'c', 'd', 'e'];
    const wide = table(
      'wide',
      parts.map((name) => column(name, 'INT64')),
      { primaryKey: parts },
    );
    const notes = table('notes', [column('text', 'STRING')], { primaryKey: [], kind: 'housekeeping' });
    await using office = await made([wide, notes]);
    expect(stored(office, 'wide')).toMatchObject({ clustering: { fields: ['a', 'b', 'c', 'd'] } });
    expect(stored(office, 'notes')).not.toHaveProperty('clustering');
    expect(stored(office, 'notes')).not.toHaveProperty('tableConstraints');
  });

  it('is there when the answer was lost', async () => {
    await using office = await openOffice();
    office.server.plan('table.insert', answerIsLost);
    const { changes, live } = await ensureTables([CLIENTS], [], office.place);
    expect(changes).toEqual([{ table: 'clients', change: 'table created' }]);
    expect(live.get('clients')?.fields).toHaveLength(5);
  });
});

describe('a table that is as it should be', () => {
  it('is not touched, nor is its view', async () => {
    await using office = await made([CLIENTS, INVOICES], [VIEW]);
    const before = office.server.writes().length;
    const { changes } = await ensureTables([CLIENTS, INVOICES], [VIEW], office.place);
    expect(changes).toEqual([]);
    expect(office.server.writes()).toHaveLength(before);
  });

  it('is not touched for a description that is empty, which BigQuery leaves out', async () => {
    const bare = { ...column('name', 'STRING'), description: '' };
    const plain = table('plain', [column('id', 'INT64', 'REQUIRED'), bare], { description: '' });
    await using office = await made([plain]);
    const { description: _, ...others } = stored(office, 'plain');
    const fields = fieldsOf(others).map(({ description, ...rest }) =>
      description ? { ...rest, description } : rest,
    );
    office.server.world.addTable('d.plain', { ...others, schema: { fields } });
    const before = office.server.writes().length;
    await ensureTables([plain], [], office.place);
    expect(office.server.writes()).toHaveLength(before);
  });
});

describe('a table that lacks something', () => {
  const tags = { policyTags: { names: ['projects/test/locations/eu/taxonomies/1/policyTags/2'] } };
  const wanted: Table = {
    ...CLIENTS,
    description: 'Newly described.',
    columns: [
      ...CLIENTS.columns.map((each) => (each.name === 'name' ? { ...each, description: 'Better.' } : each)),
      column('currency', 'STRING', 'REQUIRED'),
      list('contacts', [column('id', 'INT64')]),
    ],
  };

  async function old(): Promise<Office> {
    const office = await openOffice();
    const fields = [
      field('ID', 'INT64', { mode: 'REQUIRED', description: 'What id says.' }),
      field('name', 'STRING', { mode: 'REQUIRED', description: 'Old.', ...tags }),
      field('their_own', 'FLOAT', { description: 'Made by the finance team.', ...tags }),
      field('active', 'BOOL', { description: 'What active says.', defaultValueExpression: 'TRUE' }),
    ];
    office.server.world.addTable('d.clients', {
      description: 'Old.',
      schema: { fields },
      labels: { team: 'x' },
    });
    return office;
  }

  it('is brought up to date in one change of the version that was seen', async () => {
    await using office = await old();
    const { etag } = office.server.world.tables.get('d.clients') ?? {};
    const { changes } = await ensureTables([wanted], [], office.place);
    expect(changes).toEqual([
      { table: 'clients', change: 'column added', column: 'currency', type: 'STRING' },
      { table: 'clients', change: 'column added', column: 'contacts', type: 'ARRAY<STRUCT<id INT64>>' },
      { table: 'clients', change: 'column added', column: '_synced_at', type: 'TIMESTAMP' },
      { table: 'clients', change: 'column added', column: '_run_id', type: 'STRING' },
    ]);
    const writes = office.server.writes();
    expect(writes.map(({ kind }) => kind)).toEqual(['table.patch']);
    expect(writes[0]?.headers['if-match']).toBe(etag);
    expect(Object.keys(writes[0]?.json ?? {}).toSorted()).toEqual([
      'description',
      'schema',
      'tableConstraints',
    ]);
  });

  it('keeps policy tags, columns of others with their descriptions, defaults and labels', async () => {
    await using office = await old();
    await ensureTables([wanted], [], office.place);
    expect(fieldNamed(office, 'clients', 'name')).toMatchObject({ description: 'Better.', ...tags });
    expect(fieldNamed(office, 'clients', 'their_own')).toEqual(
      field('their_own', 'FLOAT', { description: 'Made by the finance team.', ...tags }),
    );
    expect(fieldNamed(office, 'clients', 'active')).toMatchObject({ defaultValueExpression: 'TRUE' });
    expect(stored(office, 'clients')).toMatchObject({
      labels: { team: 'x' },
      description: 'Newly described.',
    });
  });

  it('is relaxed where a column must not be NULL, but not its key; what is added may be NULL', async () => {
    await using office = await old();
    await ensureTables([wanted], [], office.place);
    expect(fieldNamed(office, 'clients', 'ID')).toMatchObject({ mode: 'REQUIRED' });
    expect(fieldNamed(office, 'clients', 'name')).toMatchObject({ mode: 'NULLABLE' });
    expect(fieldNamed(office, 'clients', 'currency')).toMatchObject({ mode: 'NULLABLE' });
    expect(fieldNamed(office, 'clients', 'contacts')).toMatchObject({ mode: 'REPEATED' });
  });

  it('needs no second change', async () => {
    await using office = await old();
    await ensureTables([wanted], [], office.place);
    await ensureTables([wanted], [], office.place);
    expect(office.server.writes()).toHaveLength(1);
  });

  it('gets new fields within a list', async () => {
    await using office = await made([INVOICES]);
    const more = {
      ...INVOICES,
      columns: INVOICES.columns.map((each) =>
        each.name === 'line_items'
          ? { ...each, fields: [...(each.fields ?? []), column('kind', 'STRING')] }
          : each,
      ),
    };
    const { changes } = await ensureTables([more], [], office.place);
    expect(changes).toEqual([
      { table: 'invoices', change: 'column added', column: 'line_items.kind', type: 'STRING' },
    ]);
  });

  it('is changed again from what is there when somebody else was faster', async () => {
    await using office = await old();
    office.server.plan(
      'table.patch',
      after(() => {
        const { schema, ...rest } = stored(office, 'clients');
        const fields = [...fieldsOf({ schema }), field('new_of_theirs')];
        office.server.world.addTable('d.clients', { ...rest, schema: { fields } });
      }),
    );
    const { live } = await ensureTables([wanted], [], office.place);
    expect(office.server.of('table.patch').map(({ status }) => status)).toEqual([412, 200]);
    const names = live.get('clients')?.fields.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['new_of_theirs', 'currency', 'contacts']));
  });

  it('is changed once where the answer to the change was lost', async () => {
    await using office = await old();
    office.server.plan('table.patch', answerIsLost);
    const { changes } = await ensureTables([wanted], [], office.place);
    expect(office.server.of('table.patch').map(({ status }) => status)).toEqual([null, 412]);
    expect(changes).toHaveLength(4);
    expect(fieldNamed(office, 'clients', 'currency')).toBeDefined();
  });

  it('and that is changed all the time by something else is given up', async () => {
    await using office = await old();
    office.server.plan(
      'table.patch',
      after(() => office.server.world.addTable('d.clients', stored(office, 'clients'))),
      { times: 99 },
    );
    expect(await thrownBy(ensureTables([wanted], [], office.place))).toMatchObject({
      code: 'BIGQUERY_CONTENTION',
    });
  });

  it('is made anew when somebody dropped it meanwhile', async () => {
    await using office = await old();
    office.server.plan(
      'table.patch',
      after(() => office.server.world.tables.delete('d.clients')),
    );
    await ensureTables([wanted], [], office.place);
    expect(fieldNamed(office, 'clients', 'currency')).toBeDefined();
  });
});

describe('tables that cannot be brought to what is wanted', () => {
  it('are all named at once, and nothing is changed', async () => {
    await using office = await openOffice();
    const { world } = office.server;
    world.addTable('d.clients', {
      schema: { fields: [field('id', 'STRING'), field('name', 'STRING', { mode: 'REPEATED' })] },
      tableConstraints: { primaryKey: { columns: ['name'] } },
    });
    world.addTable('d.invoices', { view: { query: 'SELECT 1' } });
    world.addTable('d.invoice_lines', { schema: { fields: [field('id')] } });
    const error = await thrownBy(ensureTables([CLIENTS, INVOICES, MONTHS], [VIEW], office.place));
    expect(error).toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      details: {
        mismatches: [
          { table: 'clients', column: 'id', wanted: 'INT64', found: 'STRING' },
          { table: 'clients', column: 'name', wanted: 'STRING', found: 'ARRAY<STRING>' },
          { table: 'clients', column: 'primary key', wanted: 'id', found: 'name' },
          { table: 'invoices', column: '', wanted: 'a table', found: 'a view' },
          { table: 'invoice_lines', column: '', wanted: 'a view', found: 'a table' },
        ],
      },
      hint: expect.stringContaining('clients, invoices, invoice_lines') as unknown,
    });
    expect(office.server.writes()).toEqual([]);
  });
});

describe('a view', () => {
  it('is made after its table, by standard SQL', async () => {
    await using office = await made([INVOICES], [VIEW]);
    const inserts = office.server.of('table.insert');
    expect(inserts.map(({ table: name }) => name)).toEqual(['invoices', 'invoice_lines']);
    expect(inserts[1]?.json).toMatchObject({
      description: 'One row for each line.',
      view: {
        useLegacySql: false,
        query: expect.stringContaining('UNNEST(document.`line_items`)') as unknown,
      },
    });
  });

  it('follows its table: rows that are marked as deleted are left out from then on', async () => {
    await using office = await made([INVOICES], [VIEW]);
    await ensureTables([{ ...INVOICES, marksDeletions: true }], [VIEW], office.place);
    const { view } = stored(office, 'invoice_lines') as { view: { query: string } };
    expect(view.query).toContain('WHERE document.`_deleted_at` IS NULL');
  });

  it('is made though the first attempt fails', async () => {
    await using office = await openOffice();
    office.server.plan('table.insert', answers(BACKEND_ERROR), { nth: 2, times: 2 });
    const { changes } = await ensureTables([INVOICES], [VIEW], office.place);
    expect(changes).toContainEqual({ table: 'invoice_lines', change: 'view created' });
    expect(stored(office, 'invoice_lines')).toHaveProperty('view');
  });
});
