import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { notesForCursor, resetNotes, restoredNotes } from '../../../src/sync/restore.ts';
import { movedNotes, movedReport } from '../../../src/sync/start-date.ts';
import type { Stream } from '../../../src/catalog/stream.ts';

const catalog = loadCatalog();

function stream(name: string): Stream {
  const found = catalog.streams.get(name);
  if (found === undefined) throw new Error(`no stream ${name}`);
  return found;
}

describe('a stream that is reset', () => {
  it('forgets what it is complete up to, and keeps what it owes', () => {
    const notes = {
      load: { startedAt: '2026-03-01T00:00:00Z' },
      months: { '2026-02': '2026-03-01T00:00:00Z' },
      renames: ['7'],
      recent: { 1: 'abc' },
      sweptAt: '2026-03-01T00:00:00Z',
      outside: '2026-01-01',
    };
    expect(resetNotes(stream('time_entries'), notes)).toEqual({
      months: notes.months,
      renames: ['7'],
      outside: '2026-01-01',
    });
    const child = {
      pending: ['1'],
      load: { startedAt: 'x', place: 3 },
      sweep: { next: 1, owed: 0, at: 'x' },
    };
    expect(resetNotes(stream('invoice_messages'), child)).toEqual({ pending: ['1'] });
    expect(resetNotes(stream('time_clients'), { months: { '2026-02': 'x' } })).toEqual({ months: {} });
  });

  it('by its cursor alone gives up a load under way', () => {
    expect(notesForCursor({ load: { startedAt: 'x' }, recent: { 1: 'a' }, renames: ['7'] })).toEqual({
      renames: ['7'],
    });
  });
});

describe('a stream that goes back to an older checkpoint', () => {
  it('owes what it owed then and what it owes now, and remembers no content', () => {
    const then = {
      renames: ['1'],
      months: { '2026-01': '2026-02-01T00:00:00Z' },
      recent: { 5: 'old' },
      sweptAt: '2026-02-01T00:00:00Z',
      apart: 3,
      hidden: true,
    };
    const now = {
      renames: ['2'],
      months: { '2026-01': '2026-03-01T00:00:00Z', '2026-02': '2026-03-02T00:00:00Z' },
      missing: [{ from: '2025-01-01', to: '2025-12-31' }],
    };
    expect(restoredNotes(stream('time_entries'), now, then)).toEqual({
      hidden: true,
      renames: ['2', '1'],
      months: now.months,
      missing: now.missing,
    });
  });

  it('reads months again that were read since, and children that are pending in either', () => {
    const months = { '2026-01': '2026-02-01T00:00:00Z' };
    const read = { months: { '2026-01': '2026-03-01T00:00:00Z', '2026-02': '2026-03-01T00:00:00Z' } };
    expect(restoredNotes(stream('time_clients'), read, { months, content: { '2026-01': 'a' } })).toEqual({
      months,
    });
    const half = { months: { '2026-02': '2026-03-01T00:00:00Z' } };
    expect(restoredNotes(stream('time_clients'), half, { months })).toEqual({ months: {} });
    const sweep = { next: 4, owed: 0.5, at: '2026-02-01T00:00:00Z', digests: { 3: 'a' } };
    expect(restoredNotes(stream('invoice_payments'), { pending: ['1'] }, { pending: ['2'], sweep })).toEqual({
      pending: ['1', '2'],
      sweep: { next: 4, owed: 0.5, at: sweep.at },
    });
  });

  it('takes all that was known where nothing is stored, and keeps the day of the last snapshot', () => {
    const then = { apart: 2, rejected: { 9: '2026-01-01' }, snapshot: { date: '2026-02-01', content: 'a' } };
    expect(restoredNotes(stream('time_entries'), undefined, then)).toEqual({
      apart: 2,
      rejected: then.rejected,
      snapshot: { date: '2026-02-01' },
    });
  });
});

describe('the notes of a list whose start_date moves', () => {
  it.each([
    ['earlier', {}, '2026-01-15', '2025-11-10', { missing: [{ from: '2025-11-10', to: '2026-01-14' }] }],
    ['away', {}, '2026-01-15', null, { missing: [{ from: null, to: '2026-01-14' }] }],
    ['later', {}, '2025-11-10', '2026-01-15', { outside: '2026-01-15' }],
    ['in from nowhere', {}, null, '2026-01-15', { outside: '2026-01-15' }],
    [
      'later, with dates missing',
      {
        missing: [
          { from: '2025-01-01', to: '2025-06-30' },
          { from: null, to: '2025-12-31' },
        ],
      },
      '2025-01-01',
      '2025-07-15',
      { outside: '2025-07-15', missing: [{ from: '2025-07-15', to: '2025-12-31' }] },
    ],
    [
      'earlier, with rows that have to go',
      { outside: '2026-01-15' },
      '2026-01-15',
      '2025-11-10',
      { outside: '2025-11-10', missing: [{ from: '2025-11-10', to: '2026-01-14' }] },
    ],
    [
      'away, with rows that have to go',
      { outside: '2026-01-15' },
      '2026-01-15',
      null,
      { missing: [{ from: null, to: '2026-01-14' }] },
    ],
  ])('%s', (_name, notes, before, after, wanted) => {
    expect(movedNotes({ ...notes, renames: ['7'] }, before, after)).toEqual({ ...wanted, renames: ['7'] });
  });
});

describe('the notes of a report whose start_date moves', () => {
  const months = { '2025-10': 'a', '2025-12': 'b', '2026-01': 'c' };

  it('later, has months to let go, whether the notes know of them or not', () => {
    expect(movedReport({ months: {} }, null, '2026-01-15')).toEqual({ months: {}, outside: '2026-01-15' });
  });

  it('earlier, knows of no month that an older checkpoint brought back', () => {
    expect(movedReport({ months }, '2025-12-05', '2025-10-01')).toEqual({
      months: { '2025-12': 'b', '2026-01': 'c' },
    });
    expect(movedReport({ months, outside: '2025-12-05' }, '2025-12-05', '2025-11-01')).toEqual({
      months: { '2025-12': 'b', '2026-01': 'c' },
      outside: '2025-11-01',
    });
    expect(movedReport({ months, outside: '2025-12-05' }, '2025-12-05', null).outside).toBeUndefined();
  });
});
