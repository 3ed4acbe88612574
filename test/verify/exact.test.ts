import { describe, expect, it } from '@jest/globals';
import { array, assert, bigInt, property } from 'fast-check';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { Column } from '../../src/catalog/column.ts';
import { choose } from '../../src/sync/choose.ts';
import { differingCells, sentText, storedText } from '../../src/verify/cells.ts';
import { distance, fromUnits, HALF_CENT, toUnits } from '../../src/verify/decimal.ts';
import { comparableOf, EXPENSES, TIME, type Comparable } from '../../src/verify/facts.ts';
import { sourcesOf } from '../../src/verify/lags.ts';
import { compareGroups, ourGroups, theirGroups } from '../../src/verify/sums.ts';

const column = (parts: Partial<Column>): Column => ({
  name: 'x',
  type: 'STRING',
  mode: 'NULLABLE',
  description: '',
  sensitivity: 'none',
  path: ['x'],
  required: false,
  nullable: true,
  ...parts,
});

describe('exact sums', () => {
  it('read and write decimals without losing a digit', () => {
    expect(toUnits('1.5')).toBe(1_500_000_000_000_000_000n);
    expect([toUnits(null), toUnits(''), toUnits('0')]).toEqual([0n, 0n, 0n]);
    expect(fromUnits(toUnits('-0.000000000000000001'))).toBe('-0.000000000000000001');
    expect(distance(toUnits('0.3'), toUnits('0.1') + toUnits('0.2'))).toBe(0n);
    expect(fromUnits(2n * HALF_CENT)).toBe('0.01');
  });

  it('are the same whatever the order', () => {
    assert(
      property(array(bigInt({ min: -(10n ** 30n), max: 10n ** 30n })), (numbers) => {
        const texts = numbers.map(fromUnits);
        const sum = (list: readonly string[]): bigint => list.reduce((all, each) => all + toUnits(each), 0n);
        expect(sum(texts)).toBe(numbers.reduce((all, each) => all + each, 0n));
        expect(sum(texts.toReversed())).toBe(sum(texts));
      }),
    );
  });
});

describe('a cell', () => {
  it.each([
    ['NUMERIC', '100.00', '100'],
    ['NUMERIC', 0.1, '0.1'],
    ['INT64', '9007199254740993', '9007199254740993'],
    ['INT64', 7, '7'],
    ['BOOL', true, 'true'],
    ['DATE', '2026-01-31', '2026-01-31'],
    ['TIMESTAMP', '2026-01-31T09:00:00+01:00', '2026-01-31T08:00:00Z'],
    ['TIMESTAMP', '2026-01-31T08:00:00.120000Z', '2026-01-31T08:00:00.120Z'],
    ['TIMESTAMP', '2026-01-31T08:00:00.123456Z', '2026-01-31T08:00:00.123456Z'],
    ['STRING', '', ''],
    ['STRING', 'null', 'null'],
  ] as const)('of type %s: %p reads as %p on both sides', (type, sent, text) => {
    expect(sentText(column({ type }), sent)).toBe(text);
    expect(storedText(column({ type }), text)).toBe(text);
  });

  it('tells NULL from the empty text, but not an absent list from an empty one', () => {
    expect(differingCells(column({}), null, '')).toHaveLength(1);
    expect(differingCells(column({ mode: 'REPEATED' }), [], null)).toEqual([]);
    expect(differingCells(column({ mode: 'REPEATED' }), ['a', 'b'], '["a","b"]')).toEqual([]);
    expect(differingCells(column({ mode: 'REPEATED' }), ['a', 'b'], '["b","a"]')).toHaveLength(1);
  });

  it('compares lists of records by the chosen fields, whatever their order in the warehouse', () => {
    const fields = [
      column({ name: 'id', type: 'INT64' }),
      column({ name: 'price', type: 'NUMERIC' }),
      column({ name: 'at', type: 'TIMESTAMP' }),
    ];
    const lines = column({ name: 'lines', type: 'RECORD', mode: 'REPEATED', fields });
    const sent = [{ id: 1, price: '0.575', at: '2026-01-01T00:00:00Z' }];
    const stored = '[{"own":"x","at":"2026-01-01T00:00:00Z","price":0.575,"id":1}]';
    expect(differingCells(lines, sent, stored)).toEqual([]);
    expect(differingCells(lines, sent, stored.replace('0.575', '0.5750000001'))).toMatchObject([
      { column: 'lines[0].price', ours: '0.5750000001', harvest: '0.575' },
    ]);
    expect(differingCells(lines, sent, '[]')).toMatchObject([
      { column: 'lines', ours: '0 elements', harvest: '1 elements' },
    ]);
  });

  it('may lag where it is granted, and nowhere else', () => {
    const lags = (table: string, name: string, harvest: string | null = 'x'): boolean =>
      sourcesOf(table, name, harvest) !== null;
    expect(lags('time_entries', 'billable_rate')).toBe(true);
    expect(lags('time_entries', 'user_assignment_hourly_rate', null)).toBe(true);
    expect(lags('time_entries', 'hours')).toBe(false);
    expect(lags('time_entries', 'client_name')).toBe(false);
    expect(lags('invoices', 'line_items[2].project_code')).toBe(true);
    expect(lags('invoices', 'line_items[2].project_id', null)).toBe(true);
    expect(lags('invoices', 'line_items[2].project_id')).toBe(false);
    expect(lags('time_clients', 'billable_amount')).toBe(false);
  });
});

describe('sums of groups', () => {
  const catalog = loadCatalog();
  const config = { sync: { hashKey: null, deletes: 'remove' }, streams: { overrides: new Map() } } as never;
  const of = (fact: typeof TIME): Comparable => {
    const stream = catalog.streams.get(fact.stream);
    const found = stream === undefined ? null : comparableOf(fact, choose(stream, config), true);
    if (found === null) throw new Error(`${fact.stream} cannot be compared`);
    return found;
  };
  const projects = new Map([
    ['1', { isBillable: true, isFixedFee: false, currency: 'EUR' }],
    ['2', { isBillable: true, isFixedFee: true, currency: 'EUR' }],
    ['3', { isBillable: false, isFixedFee: false, currency: 'USD' }],
  ]);

  it('count a fixed fee as hours without money, and nothing of a project that is not billed', () => {
    const rows = ['1', '2', '3'].map((project) => [project, '7', '2', '3', '2', '200', '0']);
    const report = [
      { client_id: 7, currency: 'EUR', total_hours: 6, billable_hours: 4, billable_amount: 200 },
      { client_id: 7, currency: 'USD', total_hours: 3, billable_hours: 0, billable_amount: 0 },
    ];
    const theirs = theirGroups(report, 'client_id', of(TIME));
    expect(compareGroups(ourGroups(rows, projects, of(TIME)), theirs)).toEqual([]);
  });

  it('allow half a cent for each entry that is not worth whole cents, and nothing else', () => {
    const rows = (fractions: string): readonly (readonly string[])[] => [
      ['1', '7', '9', '3', '3', '100.004', fractions],
    ];
    const report = (amount: number): Parameters<typeof theirGroups>[0] => [
      { user_id: 7, currency: 'EUR', total_hours: 3, billable_hours: 3, billable_amount: amount },
    ];
    const differs = (fractions: string, amount: number): boolean =>
      compareGroups(
        ourGroups(rows(fractions), projects, of(TIME)),
        theirGroups(report(amount), 'user_id', of(TIME)),
      ).length > 0;
    expect(differs('1', 100)).toBe(false);
    expect(differs('0', 100)).toBe(true);
    expect(differs('1', 100.01)).toBe(true);
    expect(differs('2', 100.01)).toBe(false);
  });

  it('take expenses to the cent, and a group of one side only as zeros on the other', () => {
    const rows = [['1', '7', '1', '10.01', '0', '0', '0']];
    const theirs = theirGroups([], 'client_id', of(EXPENSES));
    expect(compareGroups(ourGroups(rows, projects, of(EXPENSES)), theirs)).toEqual([
      { entity: '7', currency: 'EUR', measure: 'total_amount', ours: '10.01', harvest: '0' },
    ]);
  });
});
