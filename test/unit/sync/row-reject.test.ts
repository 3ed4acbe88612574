import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Column } from '../../../src/catalog/column.ts';
import { parseJson, type JsonObject } from '../../../src/harvest/json.ts';
import { compileShaper, type Shaped } from '../../../src/sync/row.ts';
import type { Row } from '../../../src/warehouse/table.ts';
import { column, injected, list, scalars } from '../../support/columns.ts';

const HASH_KEY = 'hash key';
const hmac = (text: string): string => createHmac('sha256', HASH_KEY).update(text, 'utf8').digest('hex');

const ALL: readonly Column[] = [
  injected('user_id'),
  column('id', 'INT64', { required: true, nullable: false }),
  column('client_id', 'INT64', { path: ['client', 'id'] }),
  column('client_name', 'STRING', { path: ['client', 'name'] }),
  column('task_id', 'INT64', { path: ['task', 'id'], required: true, nullable: false }),
  column('city', 'STRING', { path: ['address', 'city', 'name'] }),
  column('hours', 'NUMERIC', { nullable: false }),
  column('spent_date', 'DATE', { required: true, nullable: true }),
  column('is_billed', 'BOOL'),
  column('notes', 'STRING'),
  column('email', 'STRING'),
  list('line_items', [
    column('project_id', 'INT64', { path: ['project', 'id'] }),
    column('quantity', 'NUMERIC', { nullable: false }),
    column('kind', 'STRING', { required: true }),
    scalars('tags'),
  ]),
  scalars('roles'),
];
const GOOD = { id: 1, task: { id: 3 }, hours: 1.5, spent_date: '2026-01-31' };

const hashedEmail = (columns: readonly Column[]): readonly Column[] =>
  columns.map((each) => (each.name === 'email' ? { ...each, hashed: true } : each));

function shape(record: unknown, chosen: readonly Column[] = ALL): { shaped: Shaped; drift: string[] } {
  const drift: string[] = [];
  const shaper = compileShaper({ all: ALL, chosen, primaryKey: ['id'], hashKey: HASH_KEY });
  const shaped = shaper(record as JsonObject, { user_id: '7' }, (path, type) => {
    drift.push(`${path}: ${type}`);
  });
  return { shaped, drift };
}

/** Path and reason of the reject that must come of a record. */
function rejectOf(record: unknown, chosen?: readonly Column[]): { said: string; record: Row } {
  const { shaped } = shape(record, chosen);
  if (shaped.kind === 'row') throw new Error('it became a row');
  return { said: `${shaped.path}: ${shaped.reason}`, record: shaped.record };
}

/** What is put over the good record, and what has to be said. */
const WRONG: readonly [object, string][] = [
  [{ id: '1' }, 'id: expected integer, got string'],
  [{ id: null }, 'id: must not be null'],
  [{ id: undefined }, 'id: is missing'],
  [{ client: { id: 0.5 } }, 'client.id: expected integer, got a fraction'],
  [{ client: { name: 5 } }, 'client.name: expected string, got integer'],
  [{ client: 'Huber' }, 'client: expected object, got string'],
  [{ client: [] }, 'client: expected object, got array'],
  [{ client: false }, 'client: expected object, got boolean'],
  [{ address: { city: 'Wien' } }, 'address.city: expected object, got string'],
  [{ address: { city: { name: {} } } }, 'address.city.name: expected string, got object'],
  [{ task: undefined }, 'task.id: is missing'],
  [{ task: {} }, 'task.id: is missing'],
  [{ task: null }, 'task.id: must not be null'],
  [{ task: { id: null } }, 'task.id: must not be null'],
  [{ hours: '1.5' }, 'hours: expected number, got string'],
  [{ hours: null }, 'hours: must not be null'],
  [{ spent_date: undefined }, 'spent_date: is missing'],
  [{ spent_date: '31.01.2026' }, 'spent_date: expected a calendar date YYYY-MM-DD, got other text'],
  [{ is_billed: 'yes' }, 'is_billed: expected boolean, got string'],
  [{ line_items: {} }, 'line_items: expected array, got object'],
  [{ line_items: null }, 'line_items: must not be null'],
  [{ line_items: 'none' }, 'line_items: expected array, got string'],
  [{ line_items: [null] }, 'line_items[0]: expected object, got null'],
  [{ line_items: [{ kind: 'a' }, 5] }, 'line_items[1]: expected object, got integer'],
  [{ line_items: [{}] }, 'line_items[0].kind: is missing'],
  [{ line_items: [{ kind: 'a', quantity: null }] }, 'line_items[0].quantity: must not be null'],
  [{ line_items: [{ kind: 'a' }, { kind: 1 }] }, 'line_items[1].kind: expected string, got integer'],
  [{ line_items: [{ kind: 'a', project: 3 }] }, 'line_items[0].project: expected object, got integer'],
  [
    { line_items: [{ kind: 'a', project: { id: 'x' } }] },
    'line_items[0].project.id: expected integer, got string',
  ],
  [{ line_items: [{ kind: 'a', tags: ['x', 1] }] }, 'line_items[0].tags[1]: expected string, got integer'],
  [{ line_items: [{ kind: 'a', tags: null }] }, 'line_items[0].tags: must not be null'],
  [{ roles: 'admin' }, 'roles: expected array, got string'],
  [{ roles: null }, 'roles: must not be null'],
  [{ roles: ['a', null] }, 'roles[1]: must not be null'],
  [{ roles: [['a']] }, 'roles[0]: expected string, got array'],
];

describe('a record of the wrong type', () => {
  it.each(WRONG)('is rejected with place and reason: %j → %s', (wrong, said) => {
    const record = Object.fromEntries(
      Object.entries({ ...GOOD, ...wrong }).filter(([, value]) => value !== undefined),
    );
    expect(rejectOf(record).said).toBe(said);
  });

  it('is rejected for a number that cannot be kept exactly', () => {
    const record = parseJson('{"id": 1, "task": {"id": 3}, "spent_date": null, "hours": 0.12345678901}');
    expect(rejectOf(record).said).toBe('hours: the number has more than 9 decimals');
  });

  it('is not rejected for null where the schema allows it', () => {
    expect(shape({ ...GOOD, spent_date: null, client: { id: null } }).shaped.kind).toBe('row');
  });

  it('leaves injected values and the chosen properties as they were sent', () => {
    const sent = {
      ...GOOD,
      hours: 'x',
      client: { id: 7, name: '' },
      line_items: [{ kind: 'a', more: 1 }, 3],
    };
    expect(rejectOf(sent).record).toEqual({
      user_id: '7',
      id: 1,
      task_id: 3,
      hours: 'x',
      spent_date: '2026-01-31',
      client_id: 7,
      client_name: '',
      line_items: [{ kind: 'a' }],
    });
  });

  it('does not show what was not chosen, wherever it stands', () => {
    const chosen = ALL.filter(({ name }) => ['user_id', 'id', 'client_id', 'hours'].includes(name));
    const sent = {
      ...GOOD,
      hours: 'x',
      notes: 'HIDDEN',
      client: { id: 7, name: 'HIDDEN', more: 'HIDDEN' },
      line_items: [{ kind: 'HIDDEN' }],
      more: 'HIDDEN',
    };
    const { shaped, drift } = shape(sent, chosen);
    expect(shaped).toMatchObject({
      kind: 'reject',
      record: { user_id: '7', id: 1, client_id: 7, hours: 'x' },
    });
    expect(drift.join() + JSON.stringify(shaped)).not.toContain('HIDDEN');
  });

  it('shows a hashed column as its hash only, or not at all where it is no text', () => {
    const wrongElsewhere = rejectOf({ ...GOOD, hours: 'x', email: 'a@acme.example' }, hashedEmail(ALL));
    expect(wrongElsewhere.record['email']).toBe(hmac('a@acme.example'));
    for (const email of [{ address: 'CLEAR' }, ['CLEAR'], 4711]) {
      const wrongItself = rejectOf({ ...GOOD, email }, hashedEmail(ALL));
      expect(wrongItself.said).toMatch(/^email: expected string, got /);
      expect(JSON.stringify(wrongItself)).not.toMatch(/CLEAR|4711/);
    }
  });
});

describe('a property that the schema does not know', () => {
  it('is told by its path and type, never by its value, and is not loaded', () => {
    const { shaped, drift } = shape({
      ...GOOD,
      new_flag: true,
      new_number: 1.5,
      client: { id: 7, new_code: 'VALUE' },
      line_items: [
        { kind: 'a', new_list: ['VALUE'] },
        { kind: 'b', new_list: [], project: { id: 1, new_object: { a: 'VALUE' } } },
      ],
      new_null: null,
    });
    expect(drift).toEqual([
      'new_flag: boolean',
      'new_number: number',
      'client.new_code: string',
      'line_items[].new_list: array',
      'line_items[].new_list: array',
      'line_items[].project.new_object: object',
      'new_null: null',
    ]);
    expect(shaped.kind).toBe('row');
    expect(JSON.stringify(shaped)).not.toMatch(/VALUE|new_/);
  });
});
