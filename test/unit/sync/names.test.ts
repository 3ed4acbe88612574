import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import type { Column } from '../../../src/catalog/column.ts';
import { tableOf } from '../../../src/catalog/tables.ts';
import { displayName, embeddedNames, NAME_COLUMNS } from '../../../src/sync/names.ts';
import type { Table } from '../../../src/warehouse/table.ts';
import { column, list } from '../../support/columns.ts';

const TABLE: Table = { name: 'entries', kind: 'stream', description: '', columns: [], primaryKey: ['id'] };

const nameOf = (stream: string, withCode = false): Partial<Column> => ({ nameOf: { stream, withCode } });

/** Where names of others stand: `list.column (id) of source`. */
const places = (columns: readonly Column[]): readonly string[] =>
  embeddedNames(TABLE, columns).map((name) => {
    const where = name.list === null ? '' : `${name.list}.`;
    const how = `${name.withCode ? ' with code' : ''}${name.hashed ? ' hashed' : ''}`;
    return `${where}${name.column} (${name.idColumn}) of ${name.source}${how}`;
  });

describe('embeddedNames', () => {
  it('finds columns that stand beside the id of what they name', () => {
    const columns = [
      column('id', 'INT64'),
      column('client_id', 'INT64'),
      column('client_name', 'STRING', nameOf('clients')),
      column('project_id', 'INT64'),
      column('project_name', 'STRING', { ...nameOf('projects', true), hashed: true }),
      column('file_name'),
    ];
    expect(places(columns)).toEqual([
      'client_name (client_id) of clients',
      'project_name (project_id) of projects with code hashed',
    ]);
  });

  it('finds them in repeated records, beside the id in the same record', () => {
    const items = list('line_items', [
      column('project_id', 'INT64'),
      column('project_name', 'STRING', nameOf('projects')),
    ]);
    expect(places([column('project_id', 'INT64'), items])).toEqual([
      'line_items.project_name (project_id) of projects',
    ]);
  });

  it('leaves out names whose id was not chosen: nobody could tell whose they are', () => {
    const name = column('client_name', 'STRING', nameOf('clients'));
    expect(places([name])).toEqual([]);
    expect(places([column('client_id', 'INT64'), list('line_items', [name])])).toEqual([]);
  });

  it('finds in every stream of the catalogue each reference to something that can be renamed', () => {
    const found = [...loadCatalog().streams.values()].flatMap((stream) =>
      embeddedNames(tableOf(stream, stream.columns, false), stream.columns).map(
        (name) => `${stream.name}: ${name.list ?? ''} ${name.column} ${name.source} ${name.withCode}`,
      ),
    );
    expect(found).toContain('time_entries:  client_name clients false');
    expect(found).toContain('time_entries:  user_name users false');
    expect(found).toContain('time_entries:  task_name tasks false');
    expect(found).toContain('expenses:  expense_category_name expense_categories false');
    expect(found).toContain('invoices: line_items project_name projects false');
    expect(found).toContain('project_assignments: task_assignments task_name tasks false');
    expect(found.filter((name) => /^(?:time|expenses)_projects: .*project_name/.test(name))).toHaveLength(2);
    expect(found.every((name) => name.split(' ').some((word) => word in NAME_COLUMNS))).toBe(true);
  });
});

describe('displayName', () => {
  it.each<[string, readonly (string | null)[], boolean, string]>([
    ['clients', ['Huber & Söhne'], false, 'Huber & Söhne'],
    ['projects', ['Shop', 'HS-1'], false, 'Shop'],
    ['projects', ['Shop', 'HS-1'], true, '[HS-1] Shop'],
    ['projects', ['Shop', ''], true, 'Shop'],
    ['projects', ['Shop', null], true, 'Shop'],
    ['users', ['Ada', 'Lindqvist'], false, 'Ada Lindqvist'],
    ['users', ['Ada', ''], false, 'Ada'],
    ['users', ['Ada', null], false, 'Ada'],
    ['users', [null, 'Lindqvist'], false, 'Lindqvist'],
    ['tasks', [null], false, ''],
  ])('of %s %j (with code: %s) is "%s"', (source, values, withCode, expected) => {
    expect(displayName(source, values, withCode)).toBe(expected);
  });
});
