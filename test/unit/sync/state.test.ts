import { describe, expect, it } from '@jest/globals';
import { completeNotes, StateBook } from '../../../src/sync/state.ts';
import type { StoredState } from '../../../src/warehouse/warehouse.ts';

const AT = '2026-11-20T06:00:00Z';

const stored = (stream: string, part: Partial<StoredState> = {}): [string, StoredState] => [
  stream,
  { stream, version: 4, cursor: AT, state: {}, runId: 'earlier', committedAt: AT, ...part },
];

describe('StateBook', () => {
  it('knows nothing of a stream that was never stored', () => {
    const book = new StateBook(new Map());
    expect([book.has('users'), book.cursor('users')]).toEqual([false, null]);
    expect([book.listNotes('users'), book.childNotes('users')]).toEqual([{}, {}]);
    expect(book.reportNotes('time_team')).toEqual({ months: {} });
  });

  it('fences a first checkpoint with version 0 and a later one with the version it read', () => {
    const book = new StateBook(new Map([stored('users')]));
    expect(book.change('clients', null, {}).expectedVersion).toBe(0);
    expect(book.change('users', AT, { renames: ['1'] })).toEqual({
      stream: 'users',
      expectedVersion: 4,
      cursor: AT,
      state: { renames: ['1'] },
    });
  });

  it('goes on from what this run has committed', () => {
    const book = new StateBook(new Map([stored('users')]));
    const cursor = '2026-11-21T06:00:00Z';
    book.committed(
      [book.change('users', cursor, { renames: ['1'] }), book.change('tasks', null, {})],
      'run',
      cursor,
    );
    expect([book.cursor('users'), book.listNotes('users')]).toEqual([cursor, { renames: ['1'] }]);
    expect([book.has('tasks'), book.cursor('tasks')]).toEqual([true, null]);
    expect(book.change('users', cursor, {}).expectedVersion).toBe(5);
    expect(book.change('tasks', cursor, {}).expectedVersion).toBe(1);
  });

  it('lets a deferred checkpoint count at once, fenced by the version that is stored', () => {
    const book = new StateBook(new Map([stored('users')]));
    const [first, second] = ['2026-11-21T06:00:00Z', '2026-11-22T06:00:00Z'];
    book.defer(book.change('users', first, { renames: ['1'] }));
    book.defer(book.change('clients', null, {}));
    expect([book.cursor('users'), book.listNotes('users')]).toEqual([first, { renames: ['1'] }]);
    expect([book.has('clients'), book.cursor('clients')]).toEqual([true, null]);
    book.defer(book.change('users', second, {}));
    expect(book.deferred).toEqual([
      { stream: 'users', expectedVersion: 4, cursor: second, state: {} },
      { stream: 'clients', expectedVersion: 0, cursor: null, state: {} },
    ]);
  });

  it('saves with a later commit what was deferred before it', () => {
    const book = new StateBook(new Map([stored('users')]));
    book.defer(book.change('users', '2026-11-21T06:00:00Z', { renames: ['1'] }));
    const later = book.change('users', '2026-11-22T06:00:00Z', { ...book.listNotes('users'), hidden: true });
    expect(later.expectedVersion).toBe(4);
    book.committed([later], 'run', AT);
    expect(book.deferred).toEqual([]);
    expect(book.listNotes('users')).toEqual({ renames: ['1'], hidden: true });
    expect(book.change('users', AT, {}).expectedVersion).toBe(5);
  });

  it('leaves what it was made from as it was', () => {
    const states = new Map([stored('users')]);
    const book = new StateBook(states);
    book.committed([book.change('users', null, {})], 'run', AT);
    expect(states).toEqual(new Map([stored('users')]));
  });

  it.each([null, 'text', 7])('reads notes of another form (%j) as none', (state) => {
    const book = new StateBook(new Map([stored('users', { state }), stored('time_team', { state })]));
    expect(book.listNotes('users')).toEqual({});
    expect(book.reportNotes('time_team')).toEqual({ months: {} });
  });

  it('keeps notes that it does not know', () => {
    const book = new StateBook(new Map([stored('users', { state: { from_the_future: 1 } })]));
    expect(book.listNotes('users')).toEqual({ from_the_future: 1 });
  });
});

it('a complete listing keeps months and renames and ends a first load', () => {
  const notes = { load: { startedAt: AT }, months: { '2026-10': AT }, renames: ['1'], hidden: true };
  const kept = { months: { '2026-10': AT }, renames: ['1'], sweptAt: AT };
  expect(completeNotes(notes, false, AT)).toEqual(kept);
  expect(completeNotes({ load: { startedAt: AT } }, true, AT)).toEqual({ hidden: true, sweptAt: AT });
});
