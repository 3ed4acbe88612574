import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import type { Stream } from '../../../src/catalog/stream.ts';
import { tableOf } from '../../../src/catalog/tables.ts';
import type { ChosenStream } from '../../../src/sync/context.ts';
import {
  childChanges,
  childrenOf,
  followUps,
  touchedCheckpoints,
  watchedColumns,
  withFollowUps,
  type FollowUps,
} from '../../../src/sync/follow-ups.ts';
import { StateBook, type ChildNotes } from '../../../src/sync/state.ts';
import type { StoredState, Transition } from '../../../src/warehouse/warehouse.ts';

const catalog = loadCatalog();
const STARTED = '2026-11-20T06:00:00Z';
const READ = '2026-11-20T06:00:05Z';
const NOTICED = { runStartedAt: STARTED, namesSince: STARTED, readAt: READ, fresh: [], monthsOutside: [] };
const LONG_AGO = '2026-11-01T12:00:00Z';
const NOTHING: FollowUps = {
  months: new Map(),
  keys: [],
  gone: [],
  people: [],
  projects: [],
  invoices: [],
  renamed: [],
};

function named(name: string): Stream {
  const stream = catalog.streams.get(name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

/** A stream with all its columns, some of them hashed or left out. */
function chosen(name: string, how: { hashed?: string; without?: string } = {}): ChosenStream {
  const stream = named(name);
  const columns = stream.columns
    .filter((column) => column.name !== how.without)
    .map((column) => (column.name === how.hashed ? { ...column, hashed: true } : column));
  const shape: ChosenStream['shape'] = () => ({ kind: 'row', row: {} });
  return { stream, columns, table: tableOf(stream, columns, false), shape, copier: null };
}

/** The checkpoints of the given streams, each with its notes. */
function book(states: Readonly<Record<string, ChildNotes>> = {}): StateBook {
  const stored = Object.entries(states).map(([stream, state]): [string, StoredState] => [
    stream,
    { stream, version: 3, cursor: LONG_AGO, state, runId: 'r', committedAt: LONG_AGO },
  ]);
  return new StateBook(new Map(stored));
}

const changed = (
  before: Transition['before'],
  after: Transition['after'],
  latest: string | null = LONG_AGO,
): Transition => ({ before, after, latest });

describe('the months of facts that changed', () => {
  const months = (transitions: readonly Transition[], stream = 'time_entries'): unknown =>
    Object.fromEntries(followUps(named(stream), ['spent_date'], transitions, NOTICED).months);

  it('are the month a fact came from and the month it went to', () => {
    expect(months([changed(['2026-01-31'], ['2026-02-01'])])).toEqual({
      '2026-01': LONG_AGO,
      '2026-02': LONG_AGO,
    });
  });

  it('include those of new facts and of facts that are gone', () => {
    expect(months([changed(null, ['2026-03-05']), changed(['2026-04-05'], null)], 'expenses')).toEqual({
      '2026-03': LONG_AGO,
      '2026-04': READ,
    });
  });

  it('carry the newest change, in whole seconds', () => {
    const later = '2026-11-20T07:00:00.900Z';
    const all = [changed(null, ['2026-03-05'], later), changed(null, ['2026-03-06'], LONG_AGO)];
    expect(months(all)).toEqual({ '2026-03': '2026-11-20T07:00:00Z' });
    expect(months(all.toReversed())).toEqual({ '2026-03': '2026-11-20T07:00:00Z' });
  });

  it('count as changed when they were read, where nobody tells when a fact changed or went', () => {
    expect(months([changed(['2026-04-05'], null, null)])).toEqual({ '2026-04': READ });
    expect(months([changed(null, ['2026-04-05'], null)])).toEqual({ '2026-04': READ });
  });

  it('are looked for in time entries and expenses, not in invoices', () => {
    const states = book();
    expect(watchedColumns(chosen('time_entries'), catalog, states)).toEqual(['spent_date']);
    expect(watchedColumns(chosen('expenses'), catalog, states)).toEqual(['spent_date']);
    expect(watchedColumns(chosen('invoices'), catalog, states)).toEqual([]);
  });
});

describe('renames', () => {
  const watched = ['id', 'name', 'code'];
  const renamed = (...transitions: Transition[]): readonly string[] =>
    followUps(named('projects'), watched, transitions, NOTICED).renamed;

  it('are found where a part of the name differs', () => {
    const name = changed(['1', 'Shop', 'S'], ['1', 'Web shop', 'S']);
    const code = changed(['2', 'Shop', 'S'], ['2', 'Shop', null]);
    const other = changed(['3', 'Shop', 'S'], ['3', 'Shop', 'S']);
    expect(renamed(name, code, other)).toEqual(['1', '2']);
  });

  it('are not assumed of what is new or gone', () => {
    expect(renamed(changed(null, ['1', 'Shop', 'S']), changed(['2', 'Shop', 'S'], null))).toEqual([]);
  });

  it('are assumed of what changed while the run was reading: it may stand under two names already', () => {
    const made = changed(null, ['1', 'Shop', 'S'], STARTED);
    const edited = changed(['2', 'Shop', 'S'], ['2', 'Shop', 'S'], '2026-11-20T06:00:01Z');
    expect(renamed(made, edited)).toEqual(['1', '2']);
  });

  it('are assumed of new records, as far back as rows may embed them without their own row beside', () => {
    const old = changed(null, ['1', 'Shop', 'S'], '2024-01-01T00:00:00Z');
    expect(renamed(old)).toEqual([]);
    const later = { ...NOTICED, namesSince: '' };
    const columns = ['id', 'name', 'code'];
    expect(followUps(named('projects'), columns, [old], later).renamed).toEqual(['1']);
  });

  it('concern only streams whose name others embed', () => {
    const contact = changed(['1', 'Ann'], ['1', 'Anne']);
    expect(followUps(named('contacts'), ['id', 'first_name'], [contact], NOTICED).renamed).toEqual([]);
  });

  it('are watched for in the columns of the name that are stored in clear', () => {
    expect(watchedColumns(chosen('projects'), catalog, book())).toEqual(['id', 'name', 'code']);
    expect(watchedColumns(chosen('users'), catalog, book())).toEqual(['id', 'first_name', 'last_name']);
    expect(watchedColumns(chosen('users', { hashed: 'last_name' }), catalog, book())).not.toContain(
      'last_name',
    );
    expect(watchedColumns(chosen('projects', { without: 'code' }), catalog, book())).toEqual(['id', 'name']);
  });
});

describe('children', () => {
  it('of a stream are those whose parent it is, but for project_assignments', () => {
    const names = (stream: string): readonly string[] =>
      childrenOf(named(stream), catalog).map(({ name }) => name);
    expect(names('users')).toEqual(['billable_rates', 'cost_rates']);
    expect(names('invoices')).toEqual(['invoice_messages', 'invoice_payments']);
    expect(names('estimates')).toEqual(['estimate_messages']);
    expect(names('clients')).toEqual([]);
  });

  it('are pending for every parent that is new, changed or gone', () => {
    const transitions = [
      changed(null, ['1']),
      changed(['2'], ['2']),
      changed(['3'], null),
      changed(['2'], ['2']),
    ];
    expect(followUps(named('invoices'), ['id'], transitions, NOTICED).keys).toEqual(['1', '2', '3']);
  });

  it('are pending for parents that changed since the children were read, though their row does not differ', () => {
    const noticed = { ...NOTICED, fresh: ['2', '4'] };
    const follow = followUps(named('invoices'), ['id'], [changed(['2'], ['2'])], noticed);
    expect(follow.keys).toEqual(['2', '4']);
  });

  it('are noted only for child streams that are under way', () => {
    const states = book({ invoice_messages: { pending: ['9', '1'] } });
    expect(watchedColumns(chosen('invoices'), catalog, states)).toEqual(['id']);
    const changes = childChanges(named('invoices'), { ...NOTHING, keys: ['1', '2'] }, catalog, states);
    expect(changes).toEqual([
      {
        stream: 'invoice_messages',
        expectedVersion: 3,
        cursor: LONG_AGO,
        state: { pending: ['9', '1', '2'], pendingProjects: [] },
      },
    ]);
  });

  it('keep a first load that is under way', () => {
    const load = { startedAt: LONG_AGO, place: 5 };
    const states = book({ cost_rates: { load } });
    const [change] = childChanges(named('users'), { ...NOTHING, keys: ['1'] }, catalog, states);
    expect(change?.state).toEqual({ load, pending: ['1'], pendingProjects: [] });
  });

  it('are left alone when nothing changed', () => {
    const states = book({ invoice_messages: {}, invoice_payments: {} });
    expect(childChanges(named('invoices'), NOTHING, catalog, states)).toEqual([]);
  });
});

describe('project assignments', () => {
  const underWay = book({ project_assignments: { pending: ['7'], pendingProjects: ['70'] } });

  it('are read again for the people of assignments that changed, before and after', () => {
    expect(watchedColumns(chosen('user_assignments'), catalog, underWay)).toEqual(['user_id']);
    const transitions = [changed(['7'], ['8']), changed(['9'], null), changed(null, ['8'])];
    const follow = followUps(named('user_assignments'), ['user_id'], transitions, NOTICED);
    expect([follow.people, follow.projects]).toEqual([['7', '8', '9'], []]);
    const [change] = childChanges(named('user_assignments'), follow, catalog, underWay);
    expect(change).toMatchObject({
      stream: 'project_assignments',
      state: { pending: ['7', '8', '9'], pendingProjects: ['70'] },
    });
  });

  it('are read again for all people of the projects whose tasks changed', () => {
    const follow = followUps(named('task_assignments'), ['project_id'], [changed(['71'], ['72'])], NOTICED);
    const [change] = childChanges(named('task_assignments'), follow, catalog, underWay);
    expect(change?.state).toEqual({ pending: ['7'], pendingProjects: ['70', '71', '72'] });
  });

  it('are not noted before their own first load', () => {
    const follow = { ...NOTHING, people: ['7'], projects: ['70'] };
    expect(childChanges(named('user_assignments'), follow, catalog, book())).toEqual([]);
    expect(watchedColumns(chosen('user_assignments'), catalog, book())).toEqual([]);
  });
});

it('a commit touches its own checkpoint, its children’s and that of project_assignments', () => {
  const touched = (stream: string): readonly string[] => touchedCheckpoints(named(stream), catalog);
  expect(touched('clients')).toEqual(['clients']);
  expect(touched('users')).toEqual(['users', 'billable_rates', 'cost_rates']);
  expect(touched('user_assignments')).toEqual(['user_assignments', 'project_assignments']);
  expect(touched('task_assignments')).toEqual(['task_assignments', 'project_assignments']);
});

it('renames that are pending already stay, each once', () => {
  const follow = { ...NOTHING, renamed: ['2', '3'] };
  expect(withFollowUps({ renames: ['1', '2'] }, follow, STARTED).renames).toEqual(['1', '2', '3']);
  expect(withFollowUps({ hidden: true }, NOTHING, STARTED)).toEqual({ hidden: true });
});

it.each<[string, string | null, string, Readonly<Record<string, string>>, string]>([
  ['on a first load when its newest fact did', null, LONG_AGO, {}, '2026-11-01T12:00:01Z'],
  ['later when that was noticed', READ, LONG_AGO, {}, READ],
  ['later surely after the change itself', READ, READ, {}, '2026-11-20T06:00:06Z'],
  ['never earlier than was known', null, LONG_AGO, { '2026-03': READ }, READ],
])('a month counts as changed %s', (_name, noticedAt, changedAt, known, expected) => {
  const follow = { ...NOTHING, months: new Map([['2026-03', changedAt]]) };
  const notes = withFollowUps({ months: { ...known, '2025-01': LONG_AGO } }, follow, noticedAt);
  expect(notes.months).toEqual({ '2025-01': LONG_AGO, '2026-03': expected });
});
