import { describe, expect, it } from '@jest/globals';
import { array, assert, integer, property } from 'fast-check';
import { loadCatalog } from '../../../../src/catalog/catalog.ts';
import type { HarvestRequest } from '../../../../src/harvest/types.ts';
import { askedBy } from '../../../../src/sync/plan/asked.ts';
import { bytesAtMost } from '../../../../src/sync/plan/bytes.ts';
import { compareRows, transitionsOf } from '../../../../src/sync/plan/compare.ts';
import { Desk, isStandIn } from '../../../../src/sync/plan/desk.ts';
import { secondsAtLimits } from '../../../../src/sync/plan/limits.ts';
import { Overlay } from '../../../../src/sync/plan/overlay.ts';
import { pagesOf, shareOfSpan, SpanPages } from '../../../../src/sync/plan/spread.ts';
import type { Table } from '../../../../src/warehouse/table.ts';

const ENTRIES: Table = {
  name: 'time_entries',
  kind: 'stream',
  description: '',
  primaryKey: ['id'],
  newestBy: 'updated_at',
  columns: (['id', 'spent_date', 'hours', 'updated_at'] as const).map((name, at) => ({
    name,
    type: (['INT64', 'DATE', 'NUMERIC', 'TIMESTAMP'] as const)[at] ?? 'STRING',
    mode: 'NULLABLE',
    description: '',
  })),
};

describe('the time at the limits', () => {
  it('is none for what fits into the first window', () => {
    const limits = { general: 90, reports: 90 };
    expect(secondsAtLimits({ general: 60, reports: 30 }, limits)).toBe(0);
    expect(secondsAtLimits({ general: 61, reports: 30 }, limits)).toBe(15);
    expect(secondsAtLimits({ general: 10, reports: 91 }, limits)).toBe(900);
    expect(secondsAtLimits({ general: 10_000, reports: 0 }, limits)).toBe(1665);
  });

  it('is none where there are no limits', () => {
    const limits = { general: null, reports: null };
    expect(secondsAtLimits({ general: 1_000_000, reports: 1000 }, limits)).toBe(0);
  });
});

describe('the pages of spans', () => {
  it('are those of an even list with half a page for each span', () => {
    const whole = { total: 365_000, newest: '2025-12-31', oldest: '2025-01-01' };
    expect(shareOfSpan({ from: '2025-01-01', to: '2025-01-10' }, whole)).toBe(10_000);
    expect(shareOfSpan({ from: null, to: null }, whole)).toBe(365_000);
    expect(shareOfSpan({ from: '2026-02-01', to: null }, whole)).toBe(0);
    expect([0, 1, 2000, 2001].map(pagesOf)).toEqual([1, 1, 1, 2]);
  });

  it('add up to what the spans hold', () => {
    assert(
      property(array(integer({ min: 2000, max: 40_000 }), { minLength: 1 }), (spans) => {
        const spread = new SpanPages();
        const pages = spans.map((records) => spread.take(records)).reduce((sum, each) => sum + each, 0);
        const wanted = spans.reduce((sum, records) => sum + records / 2000 + 0.5, 0);
        expect(Math.abs(pages - wanted)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('what a request is about', () => {
  const catalog = loadCatalog();
  const kindOf = (path: string, over: Partial<HarvestRequest> = {}): string =>
    askedBy({ path, bucket: 'general', stream: 'invoices', ...over }, catalog).kind;

  it('is told by its path and its query', () => {
    expect(kindOf('users/me', { stream: null })).toBe('account');
    expect(kindOf('company', { stream: null })).toBe('account');
    expect(kindOf('invoices')).toBe('list');
    expect(kindOf('invoices', { query: { from: '2026-01-01', per_page: 2000 } })).toBe('list');
    expect(kindOf('invoices', { query: { per_page: 1 } })).toBe('count');
    expect(kindOf('invoices', { query: { updated_since: '2026-01-01T00:00:00Z' } })).toBe('changes');
    expect(kindOf('time_entries', { query: { is_running: 'true' }, stream: 'time_entries' })).toBe('changes');
    expect(kindOf('invoices/7')).toBe('record');
    expect(kindOf('invoices/7/payments', { stream: 'invoice_payments' })).toBe('children');
    expect(kindOf('users/7/cost_rates', { stream: 'cost_rates' })).toBe('children');
    expect(kindOf('reports/time/clients', { bucket: 'reports', stream: 'time_clients' })).toBe('report');
    expect(kindOf('users', { stream: 'cost_rates', query: { per_page: 2000 } })).toBe('ids');
    expect(kindOf('user_assignments', { stream: 'x', query: { is_active: 'true' } })).toBe('changes');
    expect(kindOf('https://api.harvestapp.com/v2/invoices?page=2')).toBe('link');
    expect(kindOf('https://plan.invalid/3?page=2')).toBe('more');
  });
});

describe('rows that came', () => {
  const stored = new Map([
    ['1', { id: '1', spent_date: '2026-01-05', hours: '1.5', updated_at: '2026-01-05T10:00:00Z' }],
    ['2', { id: '2', spent_date: '2026-01-06', hours: '2', updated_at: '2026-01-06T10:00:00Z' }],
  ]);
  const compared = compareRows(
    [
      { id: 1, spent_date: '2026-02-01', hours: '1.50', updated_at: '2026-02-01T10:00:00Z' },
      { id: 2, spent_date: '2026-01-06', hours: '2.000', updated_at: '2026-01-06T10:00:00.000Z' },
      { id: 3, spent_date: '2026-02-02', hours: '1', updated_at: '2026-02-01T09:00:00Z' },
      { id: 3, spent_date: '2026-02-03', hours: '1', updated_at: '2026-02-01T09:30:00Z' },
    ],
    stored,
    { table: ENTRIES },
    ENTRIES.columns,
  );

  it('are new, changed or as before, and the newest of a key counts', () => {
    const { inserted, updated, unchanged, duplicates } = compared;
    expect({ inserted, updated, unchanged, duplicates }).toEqual({
      inserted: 1,
      updated: 1,
      unchanged: 1,
      duplicates: 1,
    });
  });

  it('differ where a value does though updated_at is the same', () => {
    const row = { id: 2, spent_date: '2026-01-06', hours: '2.5', updated_at: '2026-01-06T10:00:00Z' };
    expect(compareRows([row], stored, { table: ENTRIES }, ENTRIES.columns).updated).toBe(1);
    expect(compareRows([row], stored, { table: ENTRIES }, []).updated).toBe(0);
  });

  it('tell how watched columns change', () => {
    const load = { table: ENTRIES, watch: ['spent_date'] };
    expect(transitionsOf(load, compared.changed.values(), [{ spent_date: '2025-12-01' }])).toEqual([
      { before: ['2026-01-05'], after: ['2026-02-01'], latest: '2026-02-01T10:00:00Z' },
      { before: null, after: ['2026-02-03'], latest: '2026-02-01T09:30:00Z' },
      { before: ['2025-12-01'], after: null, latest: null },
    ]);
  });

  it('lie over what is stored', () => {
    const overlay = new Overlay();
    for (const [key, row] of compared.changed) overlay.put(key, row);
    overlay.remove('2', stored.get('2') ?? null);
    const before = new Map([
      ['2026-01-05', 1],
      ['2026-01-06', 1],
    ]);
    expect([...overlay.counts(before, 'spent_date')].toSorted()).toEqual([
      ['2026-02-01', 1],
      ['2026-02-03', 1],
    ]);
    expect(overlay.growth).toBe(0);
    expect([...overlay.counts(new Map([['', 2]]), null)]).toEqual([['', 2]]);
    overlay.remove('3', null);
    expect(overlay.growth).toBe(-1);
  });
});

describe('stand-ins', () => {
  it('are told from ids of Harvest, and are never given twice', () => {
    const desk = new Desk();
    const ids = [...desk.standIns(3), ...desk.standIns(2)].map(String);
    expect(new Set(ids).size).toBe(5);
    expect(ids.every((id) => isStandIn(id))).toBe(true);
    expect(['1', '884210331', '2147483648', null].some((id) => isStandIn(id))).toBe(false);
  });
});

describe('bytes that are billed at most', () => {
  it('count every table with ten MiB, and with all of it twice where it is larger', () => {
    const mib = 1024 * 1024;
    const sizes = new Map([
      ['clients', 10],
      ['time_entries', 143 * mib],
    ]);
    const one = (table: string, history: string | null = null): number =>
      bytesAtMost([{ table, history, times: 1 }], [], sizes) / mib;
    expect(one('clients')).toBe(50);
    expect(one('time_entries')).toBe(316);
    expect(one('clients', 'clients_history')).toBe(70);
    expect(bytesAtMost([], ['clients', 'time_entries'], sizes) / mib).toBe(153);
    expect(bytesAtMost([{ table: 'clients', history: null, times: 0 }], [], sizes)).toBe(0);
  });
});
