import { describe, expect, it } from '@jest/globals';
import { contentDigest } from '../../../src/sync/digest.ts';
import { forgetContent, forgetRenamed, type Doubts } from '../../../src/sync/forget.ts';
import { StateBook } from '../../../src/sync/state.ts';
import type { StoredState } from '../../../src/warehouse/warehouse.ts';

const AT = '2026-11-20T06:00:00Z';
const EMPTY = contentDigest([], 'remove');

const stored = (notes: Readonly<Record<string, unknown>>): ReadonlyMap<string, StoredState> =>
  new Map(
    Object.entries(notes).map(([stream, state]) => [
      stream,
      { stream, version: 3, cursor: AT, state, runId: 'earlier', committedAt: AT },
    ]),
  );
const notesAfter = (notes: Readonly<Record<string, unknown>>, doubts: Partial<Doubts>): unknown => {
  const after = forgetContent(stored(notes), { all: false, renewed: new Set(), ...doubts });
  return Object.fromEntries([...after].map(([stream, { state }]) => [stream, state]));
};

const NOTES = {
  roles: { content: 'abc' },
  tasks: { renames: ['1'], recent: { 1: 'abc' } },
  time_team: { months: { '2026-10': AT }, content: { '2026-09': EMPTY, '2026-10': 'abc' } },
  project_budget: { content: EMPTY, snapshot: { date: '2026-11-20', content: 'abc' } },
  odd: 'not notes',
  none: null,
};

describe('digests', () => {
  it('are kept where nothing speaks against them', () => {
    expect(notesAfter(NOTES, {})).toEqual(NOTES);
  });

  it('of tables that are empty or new are forgotten, but for those of no rows; other notes stay', () => {
    const renewed = new Set(['roles', 'tasks', 'time_team', 'project_budget', 'project_budget_history']);
    expect(notesAfter(NOTES, { renewed })).toEqual({
      ...NOTES,
      roles: {},
      tasks: { renames: ['1'] },
      time_team: { months: { '2026-10': AT }, content: { '2026-09': EMPTY } },
      project_budget: { content: EMPTY, snapshot: { date: '2026-11-20' } },
    });
  });

  it('are all forgotten where everything is to be compared; the day of the snapshot stays', () => {
    expect(notesAfter(NOTES, { all: true })).toEqual({
      ...NOTES,
      roles: {},
      tasks: { renames: ['1'] },
      time_team: { months: { '2026-10': AT } },
      project_budget: { snapshot: { date: '2026-11-20' } },
    });
  });

  it('of a sweep are forgotten as well, but not how far it is', () => {
    const sweep = { next: 7, owed: 0.5, at: AT };
    const notes = { cost_rates: { pending: ['1'], sweep: { ...sweep, digests: { 3: 'abc' } } } };
    const without = { cost_rates: { pending: ['1'], sweep } };
    expect(notesAfter(notes, {})).toEqual(notes);
    expect(notesAfter(notes, { renewed: new Set(['cost_rates']) })).toEqual(without);
    expect(notesAfter(notes, { all: true })).toEqual(without);
    const states = new StateBook(stored({ ...notes, billable_rates: { sweep } }));
    forgetRenamed(new Set(['cost_rates', 'billable_rates']), states);
    expect(states.deferred).toEqual([
      { stream: 'cost_rates', expectedVersion: 3, cursor: AT, state: without.cost_rates },
    ]);
  });

  it('of tables with new names are forgotten in the checkpoint, where there are any', () => {
    const states = new StateBook(stored(NOTES));
    forgetRenamed(new Set(['time_team', 'tasks', 'clients', 'none']), states);
    expect(states.deferred).toEqual([
      { stream: 'time_team', expectedVersion: 3, cursor: AT, state: { months: { '2026-10': AT } } },
      { stream: 'tasks', expectedVersion: 3, cursor: AT, state: { renames: ['1'] } },
    ]);
  });
});
