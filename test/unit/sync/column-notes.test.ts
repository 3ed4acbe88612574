import { describe, expect, it } from '@jest/globals';
import type { Column } from '../../../src/catalog/column.ts';
import {
  columnNotesOf,
  compareColumns,
  fingerprintOf,
  NO_PLAN,
  planColumns,
  storedColumns,
  withoutTraces,
  type StoredColumns,
} from '../../../src/sync/column-notes.ts';

const column = (name: string, over: Partial<Column> = {}): Column => ({
  name,
  type: 'STRING',
  mode: 'NULLABLE',
  description: '',
  sensitivity: 'none',
  path: [name],
  required: false,
  nullable: true,
  ...over,
});

const LIST = column('lines', { type: 'RECORD', mode: 'REPEATED', fields: [column('id'), column('text')] });
const KNOWN = [column('id'), column('email'), LIST];
const ALL: StoredColumns = { id: 'plain', email: 'plain', 'lines.id': 'plain', 'lines.text': 'plain' };
const without = (...names: readonly string[]): StoredColumns =>
  Object.fromEntries(Object.entries(ALL).filter(([name]) => !names.includes(name)));
const changes = (before: StoredColumns | null, now: StoredColumns): Readonly<Record<string, unknown>> => {
  const diff = compareColumns(before, now, KNOWN);
  return { ...Object.fromEntries(diff.changes), emptied: diff.emptied, isRefreshed: diff.isRefreshed };
};

describe('what a table was loaded with', () => {
  it('names columns and fields of lists, and tells hash keys apart without telling them', () => {
    const columns = [column('id'), column('email', { hashed: true }), column('vat', { added: true }), LIST];
    expect(storedColumns(columns, 'k3y')).toEqual({
      id: 'plain',
      email: `hash:${fingerprintOf('k3y')}`,
      vat: 'added',
      'lines.id': 'plain',
      'lines.text': 'plain',
    });
    expect(fingerprintOf('k3y')).toMatch(/^[0-9a-f]{8}$/);
    expect(fingerprintOf('k3y')).not.toBe(fingerprintOf('another'));
  });

  it.each<[string, StoredColumns, StoredColumns, object]>([
    ['nothing changed', ALL, ALL, { emptied: [], isRefreshed: false }],
    ['a column more', without('email'), ALL, { on: ['email'], emptied: [], isRefreshed: true }],
    ['a column less', ALL, without('email'), { off: ['email'], emptied: ['email'], isRefreshed: false }],
    [
      'a field less',
      ALL,
      without('lines.text'),
      { off: ['lines.text'], emptied: ['lines.text'], isRefreshed: false },
    ],
    [
      'a list less',
      ALL,
      without('lines.id', 'lines.text'),
      { off: ['lines.id', 'lines.text'], emptied: ['lines'], isRefreshed: false },
    ],
    [
      'a hash for a value',
      ALL,
      { ...ALL, email: 'hash:1' },
      { hashed: ['email'], emptied: ['email'], isRefreshed: true },
    ],
    [
      'another key',
      { ...ALL, email: 'hash:1' },
      { ...ALL, email: 'hash:2' },
      { rekeyed: ['email'], emptied: [], isRefreshed: true },
    ],
    [
      'a value for a hash',
      { ...ALL, email: 'hash:1' },
      ALL,
      { plain: ['email'], emptied: [], isRefreshed: true },
    ],
    ['a column that the catalogue lost', { ...ALL, old: 'plain' }, ALL, { emptied: [], isRefreshed: false }],
    [
      'an added column whose line is gone',
      { ...ALL, vat: 'added' },
      ALL,
      { off: ['vat'], emptied: ['vat'], isRefreshed: false },
    ],
    [
      'an added column that the catalogue has now',
      { ...ALL, email: 'added' },
      ALL,
      { emptied: [], isRefreshed: false },
    ],
    [
      'a value that some rows may hold, and is not wanted any more',
      { ...ALL, email: 'pending' },
      without('email'),
      { off: ['email'], emptied: ['email'], isRefreshed: false },
    ],
    [
      'a value that some rows may hold, and is hashed now',
      { ...ALL, email: 'pending' },
      { ...ALL, email: 'hash:1' },
      { hashed: ['email'], emptied: ['email'], isRefreshed: true },
    ],
    [
      'a hash that some rows may hold',
      { ...ALL, email: 'pending:hash' },
      { ...ALL, email: 'hash:1' },
      { on: ['email'], emptied: [], isRefreshed: true },
    ],
  ])('is compared: %s', (_, before, now, wanted) => {
    expect(changes(before, now)).toEqual(wanted);
  });

  it('is not known of tables of an older version: what is not chosen is emptied, and nothing read again', () => {
    expect(changes(null, without('email'))).toEqual({ emptied: ['email'], isRefreshed: false });
    expect(changes(null, ALL)).toEqual({ emptied: [], isRefreshed: false });
  });
});

describe('the plan of a run', () => {
  const stream = {
    name: 'users',
    now: ALL,
    known: KNOWN,
    isStored: true,
    isConfigured: true,
    isLoaded: true,
  };

  it('leaves the notes alone where nothing changed, and notes as pending what a stream is read again for', () => {
    expect(planColumns({ users: ALL }, [stream])).toEqual(NO_PLAN);
    const pending = { users: { ...ALL, email: 'pending' } };
    const plan = planColumns({ users: without('email') }, [stream]);
    expect([plan.emptied, plan.notes]).toEqual([[], pending]);
    expect(plan.diffs.get('users')?.isRefreshed).toBe(true);
    const again = planColumns(pending, [stream]);
    expect([again.notes, again.diffs.get('users')?.isRefreshed]).toEqual([null, true]);
  });

  it('only empties what the configuration leaves out', () => {
    const left = { ...stream, isConfigured: false, isLoaded: false };
    expect(planColumns({ users: without('email') }, [left]).notes).toBeNull();
    const { emptied, notes } = planColumns({ users: ALL }, [{ ...left, now: without('email') }]);
    expect(emptied).toEqual([{ stream: 'users', columns: ['email'] }]);
    expect(notes).toMatchObject({ users: without('email') });
    expect(planColumns({}, [{ ...left, isStored: false }])).toEqual(NO_PLAN);
  });

  it('empties what may be left of a stream whose checkpoint was taken away', () => {
    const reset = { ...stream, now: without('email'), isStored: false };
    expect(planColumns({ users: ALL }, [reset]).emptied).toEqual([{ stream: 'users', columns: ['email'] }]);
  });

  it('takes what is emptied out of the notes, so that it is read again if it is wanted again', () => {
    const { emptied, notes, hadTraces } = planColumns({ users: ALL, tasks: { id: 'plain' } }, [
      { ...stream, now: { ...without('lines.id', 'lines.text'), email: 'hash:1' } },
    ]);
    expect(emptied).toEqual([{ stream: 'users', columns: ['lines', 'email'] }]);
    expect(hadTraces).toBe(false);
    expect(withoutTraces(notes ?? {})).toEqual({
      users: { id: 'plain', email: 'pending:hash' },
      tasks: { id: 'plain' },
    });
    expect(planColumns(notes ?? {}, []).hadTraces).toBe(true);
    expect(planColumns(withoutTraces(notes ?? {}), []).hadTraces).toBe(false);
  });

  it('notes a stream of which nothing is stored with what it will be loaded with, if it takes part', () => {
    const fresh = { ...stream, isStored: false };
    expect(planColumns({}, [fresh]).notes).toEqual({ users: ALL });
    expect(planColumns({ users: without('email') }, [fresh])).toMatchObject({ notes: { users: ALL } });
    expect(planColumns({ users: without('email') }, [fresh]).diffs.size).toBe(0);
    expect(planColumns({}, [{ ...fresh, isLoaded: false }]).notes).toBeNull();
  });
});

describe('notes that were stored', () => {
  it.each([null, 'text', 7, []])('count as none where they cannot be read: %j', (state) => {
    expect(columnNotesOf(state)).toEqual({});
  });

  it('are taken as far as they can be read', () => {
    expect(columnNotesOf({ users: ALL, tasks: { id: 1 }, more: 'text' })).toEqual({ users: ALL });
  });
});
