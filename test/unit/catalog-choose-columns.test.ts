import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { chooseColumns, findColumnMistakes } from '../../src/catalog/choose-columns.ts';
import type { Column } from '../../src/catalog/column.ts';
import type { Stream } from '../../src/catalog/stream.ts';
import type { ColumnChoice } from '../../src/config/config.ts';
import { ConnectorError } from '../../src/errors.ts';

const catalog = loadCatalog();

const choice = (part: Partial<ColumnChoice>): ColumnChoice => ({
  include: null,
  exclude: [],
  hash: [],
  ...part,
});

const choose = (stream: string, part: Partial<ColumnChoice>): readonly string[] =>
  chooseColumns(named(stream), choice(part)).flatMap((column) => namesOf(column));

const mistakes = (stream: string, part: Partial<ColumnChoice>): readonly string[] =>
  findColumnMistakes(named(stream), choice(part)).map(
    ({ list, index, message }) => `${list}[${index}] ${message}`,
  );

function named(name: string): Stream {
  const stream = catalog.streams.get(name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

function namesOf(column: Column, prefix = ''): readonly string[] {
  const name = prefix + column.name;
  return column.fields === undefined ? [name] : column.fields.flatMap((field) => namesOf(field, `${name}.`));
}

/** What is wrong, the stream, the choice, and part of what is said about it. */
const MISTAKES: readonly [string, string, Partial<ColumnChoice>, string][] = [
  [
    'an unknown column',
    'users',
    { include: ['emial'] },
    'include[0] users has no column emial. Did you mean email?',
  ],
  ['an unknown field', 'invoices', { exclude: ['line_items.amout'] }, 'Did you mean line_items.amount?'],
  ['an excluded key', 'users', { exclude: ['id'] }, 'exclude[0] id is needed'],
  ['an excluded cursor', 'users', { exclude: ['email', 'updated_at'] }, 'exclude[1] updated_at is needed'],
  ['an excluded date', 'expenses', { exclude: ['spent_date'] }, 'spent_date is needed'],
  ['an excluded parent', 'cost_rates', { exclude: ['user_id'] }, 'user_id is needed'],
  ['a hashed key', 'time_team', { hash: ['currency'] }, 'cannot be hashed'],
  ['a hashed number', 'users', { hash: ['cost_rate'] }, 'cost_rate is NUMERIC'],
  ['a hashed list', 'users', { hash: ['roles'] }, 'roles is a list'],
  ['a column hashed and excluded', 'users', { hash: ['email'], exclude: ['email'] }, 'excluded as well'],
  ['* in exclude', 'users', { exclude: ['*'] }, 'has no column *'],
];

describe('chooseColumns', () => {
  it('gives everything but the secret-bearing columns by default, and the same for *', () => {
    const names = choose('invoices', {});
    expect(names).not.toContain('client_key');
    expect(names).toContain('line_items.project_name');
    expect(choose('invoices', { include: ['*'] })).toEqual(names);
    expect(chooseColumns(named('invoices'))).toHaveLength(named('invoices').columns.length - 1);
  });

  it('gives a secret-bearing column that is asked for by name', () => {
    expect(choose('clients', { include: ['*', 'statement_key'] })).toContain('statement_key');
  });

  it('keeps keys, cursor, date and parent beside what is included', () => {
    expect(choose('time_entries', { include: ['hours'] })).toEqual([
      'id',
      'spent_date',
      'hours',
      'updated_at',
    ]);
    expect(choose('invoice_payments', { include: ['amount'] })).toEqual([
      'invoice_id',
      'id',
      'amount',
      'updated_at',
    ]);
    expect(choose('time_team', { include: ['total_hours'] })).toEqual([
      'period_start',
      'period_end',
      'user_id',
      'total_hours',
      'currency',
    ]);
  });

  it('takes a list whole or by field, in the order of the stream', () => {
    const fields = (part: Partial<ColumnChoice>) =>
      choose('estimates', part).filter((name) => name.startsWith('line'));
    expect(fields({ include: ['line_items.amount', 'line_items.id'] })).toEqual([
      'line_items.id',
      'line_items.amount',
    ]);
    expect(fields({ include: ['line_items'] })).toHaveLength(8);
    expect(fields({ exclude: ['line_items.description'] })).toHaveLength(7);
    expect(fields({ exclude: ['line_items'] })).toEqual([]);
    expect(fields({ include: ['number'] })).toEqual([]);
  });

  it('marks what is hashed, which includes it', () => {
    const columns = chooseColumns(named('users'), choice({ include: ['is_active'], hash: ['email'] }));
    expect(columns.find(({ name }) => name === 'email')).toMatchObject({ hashed: true, type: 'STRING' });
    expect(columns.map(({ name }) => name)).toEqual(['id', 'email', 'is_active', 'updated_at']);
    expect(choose('estimates', { include: ['number'], hash: ['line_items.description'] })).toContain(
      'line_items.description',
    );
  });

  it('never gives what was excluded or not included, and always what is fixed', () => {
    const stream = named('invoices');
    const fixed = ['id', 'issue_date', 'updated_at'];
    const open = stream.columns.flatMap((column) => namesOf(column)).filter((name) => !fixed.includes(name));
    fc.assert(
      fc.property(fc.subarray(open), fc.subarray(open), (include, exclude) => {
        const names = choose('invoices', { include, exclude });
        const expected = include.filter((name) => !exclude.includes(name));
        expect(new Set(names)).toEqual(new Set([...fixed, ...expected]));
      }),
    );
  });
});

describe('findColumnMistakes', () => {
  it.each(MISTAKES)('refuses %s', (_, stream, part, message) => {
    expect(mistakes(stream, part).join()).toContain(message);
    expect(() => chooseColumns(named(stream), choice(part))).toThrow(ConnectorError);
    expect(() => chooseColumns(named(stream), choice(part))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('names all mistakes at once', () => {
    expect(mistakes('users', { include: ['a1'], exclude: ['id'], hash: ['b2'] })).toHaveLength(3);
  });
});
