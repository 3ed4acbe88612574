import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { loadRows } from '../../../src/warehouse/bigquery/append.ts';
import { backoffMs } from '../../../src/warehouse/bigquery/backoff.ts';
import { typeText, type Field } from '../../../src/warehouse/bigquery/columns.ts';
import { Extent } from '../../../src/warehouse/bigquery/extent.ts';
import { literal, place, quote, typedLiteral } from '../../../src/warehouse/bigquery/sql.ts';
import { cellText, rowTexts } from '../../../src/warehouse/bigquery/text.ts';
import type { Row, RowValue } from '../../../src/warehouse/table.ts';
import { column, list, table } from '../workbench.ts';
import { openOffice, QUICK } from './office.ts';
import { field } from './scripted-jobs.ts';

const LINES = field('lines', 'RECORD', {
  mode: 'REPEATED',
  fields: [field('id', 'INTEGER'), field('name'), field('tags', 'STRING', { mode: 'REPEATED' })],
});

describe('a cell as text', () => {
  it.each<[string, unknown, Field, string | null]>([
    ['INT64', '9007199254740993', field('a', 'INTEGER'), '9007199254740993'],
    ['NUMERIC', '1.500000000', field('a', 'NUMERIC'), '1.5'],
    ['a whole NUMERIC', '100', field('a', 'NUMERIC'), '100'],
    ['BIGNUMERIC', '-0.10', field('a', 'BIGNUMERIC'), '-0.1'],
    ['STRING', 'a\u2028b "c"', field('a'), 'a\u2028b "c"'],
    ['BOOL', 'true', field('a', 'BOOLEAN'), 'true'],
    ['DATE', '2026-02-28', field('a', 'DATE'), '2026-02-28'],
    ['a whole TIMESTAMP', '1767225600000000', field('a', 'TIMESTAMP'), '2026-01-01T00:00:00Z'],
    [
      'a TIMESTAMP with milliseconds',
      '1767225600120000',
      field('a', 'TIMESTAMP'),
      '2026-01-01T00:00:00.120Z',
    ],
    [
      'a TIMESTAMP with microseconds',
      '1767225600000001',
      field('a', 'TIMESTAMP'),
      '2026-01-01T00:00:00.000001Z',
    ],
    ['a TIMESTAMP before 1970', '-1000000', field('a', 'TIMESTAMP'), '1969-12-31T23:59:59Z'],
    ['JSON', '{"a":1.0}', field('a', 'JSON'), '{"a":1.0}'],
    ['FLOAT64', '1.5', field('a', 'FLOAT64'), '1.5'],
    ['NULL', null, field('a'), null],
    ['a list', [{ v: 'x' }, { v: '"y"' }], field('a', 'STRING', { mode: 'REPEATED' }), '["x","\\"y\\""]'],
    ['a list of numbers', [{ v: '1' }, { v: '2' }], field('a', 'INT64', { mode: 'REPEATED' }), '[1,2]'],
    [
      'a list of instants',
      [{ v: '0' }],
      field('a', 'TIMESTAMP', { mode: 'REPEATED' }),
      '["1970-01-01T00:00:00Z"]',
    ],
    ['a list of JSON', [{ v: '{"a":[1]}' }], field('a', 'JSON', { mode: 'REPEATED' }), '[{"a":[1]}]'],
    ['a list that is absent', null, field('a', 'STRING', { mode: 'REPEATED' }), '[]'],
    [
      'a list of records',
      [{ v: { f: [{ v: '1' }, { v: null }, { v: [{ v: 't' }] }] } }],
      LINES,
      '[{"id":1,"name":null,"tags":["t"]}]',
    ],
    [
      'a record',
      { f: [{ v: 'true' }] },
      field('a', 'STRUCT', { fields: [field('b', 'BOOL')] }),
      '{"b":true}',
    ],
    ['a record that is NULL', null, field('a', 'RECORD', { fields: [field('b')] }), null],
    [
      'a list of numbers that are none',
      [{ v: 'NaN' }, { v: '-Infinity' }, { v: '1.5' }],
      field('a', 'FLOAT', { mode: 'REPEATED' }),
      '["NaN","-Infinity",1.5]',
    ],
  ])('%s', (_type, v, of, expected) => {
    expect(cellText({ v }, of)).toBe(expected);
  });

  it('of a row that lacks it is NULL', () => {
    expect(rowTexts({ f: [{ v: '1' }] }, [field('a'), field('b'), LINES])).toEqual(['1', null, '[]']);
    expect(rowTexts({}, [field('a')])).toEqual([null]);
  });

  it('has a type that people can read', () => {
    expect(typeText(LINES)).toBe('ARRAY<STRUCT<id INT64, name STRING, tags ARRAY<STRING>>>');
  });
});

/** Reads a literal or a quoted name as GoogleSQL does; fails where it ends early or is broken by a line. */
function read(text: string, mark: string): string {
  if (!text.startsWith(mark) || !text.endsWith(mark) || text.length < 2) throw new Error('not quoted');
  const inner = text.slice(1, -1);
  let value = '';
  for (let at = 0; at < inner.length; at += 1) {
    const char = inner[at] ?? '';
    if (char === mark || char === '\n' || char === '\r') throw new Error(`ends at ${at}`);
    if (char !== '\\') value += char;
    else {
      at += 1;
      const escaped = inner[at];
      if (escaped === undefined) throw new Error('escapes its end');
      value += { n: '\n', r: '\r' }[escaped] ?? escaped;
    }
  }
  return value;
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom("'", '"', '\\', '\n', '\r', '`', 'a', '\u2028', '--', '/*', ';', '@a', '😀'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
);

describe('what goes into SQL', () => {
  it('as a literal is read back as it was', () => {
    fc.assert(fc.property(nasty, (value) => read(literal(value), "'") === value));
  });

  it('as a name is read back as it was', () => {
    const names = nasty.filter((name) => !/[\r\n]/.test(name));
    fc.assert(fc.property(names, (name) => read(quote(name), '`') === name));
  });

  it('as a place is three names', () => {
    expect(place({ project: 'my-project', dataset: 'd', table: 'a`b' })).toBe('`my-project`.`d`.`a\\`b`');
  });

  it('as an INT64 is a number or nothing', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(fc.property(int64, (value) => typedLiteral('INTEGER', String(value)) === String(value)));
    fc.assert(fc.property(nasty, (value) => /^-?\d+$/.test(typedLiteral('INTEGER', value) ?? '0')));
    expect(typedLiteral('INTEGER', String(2n ** 63n))).toBeNull();
    expect(typedLiteral('INTEGER', '007')).toBe('7');
    expect(typedLiteral('INTEGER', '1 OR TRUE')).toBeNull();
  });

  it('as a DATE is a day or nothing', () => {
    expect(typedLiteral('DATE', '2026-01-31')).toBe("DATE '2026-01-31'");
    for (const bad of ['2026-02-30', '2026-13-01', '2026-1-1', "2026-01-01' OR '", ''])
      expect(typedLiteral('DATE', bad)).toBeNull();
    fc.assert(
      fc.property(nasty, (value) =>
        /^DATE '\d{4}-\d\d-\d\d'$/.test(typedLiteral('DATE', value) ?? "DATE '2026-01-01'"),
      ),
    );
  });

  it('is nothing for types that are not used as keys', () => {
    expect(typedLiteral('FLOAT', '1')).toBeNull();
    expect(typedLiteral('STRING', "it's")).toBe("'it\\'s'");
  });
});

describe('the extent of keys', () => {
  const boundsOf = (type: string, values: readonly (string | number | null)[]): unknown => {
    const extent = new Extent('id', [field('ID', type)]);
    for (const id of values) extent.see({ id });
    return extent.bounds;
  };

  it.each<[string, string, readonly (string | number | null)[], unknown]>([
    ['of numbers, by their value', 'INTEGER', ['10', 9, '100', null], { least: '9', greatest: '100' }],
    ['of numbers below zero', 'INT64', ['-10', '-9', '3'], { least: '-10', greatest: '3' }],
    [
      'of days',
      'DATE',
      ['2026-02-01', '2025-12-31'],
      { least: "DATE '2025-12-31'", greatest: "DATE '2026-02-01'" },
    ],
    ['of texts is none', 'STRING', ['a', 'b'], null],
    ['of nothing is none', 'INTEGER', [], null],
    ['with what is no number first is none', 'INTEGER', ['x', '1'], null],
    ['with what is no day is none', 'DATE', ['2026-02-01', 'x'], null],
  ])('%s', (_what, type, values, expected) => {
    expect(boundsOf(type, values)).toEqual(expected);
  });

  it('holds every number that was seen', () => {
    const ids = fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1 });
    fc.assert(
      fc.property(ids, (values) => {
        const { least, greatest } = boundsOf('INTEGER', values.map(String)) as {
          least: string;
          greatest: string;
        };
        return values.every((value) => BigInt(least) <= value && value <= BigInt(greatest));
      }),
    );
  });
});

describe('rows of our own tables', () => {
  const NOTES = table(
    'notes',
    [
      column('text', 'STRING'),
      column('raw', 'JSON'),
      list('parts', [column('id', 'INT64')]),
      column('n', 'NUMERIC'),
    ],
    { kind: 'housekeeping', primaryKey: [] },
  );

  async function loaded(rows: readonly Row[]): Promise<readonly string[]> {
    await using office = await openOffice();
    const into = office.place.table('notes');
    await loadRows(rows, { table: NOTES, into, disposition: 'append', stream: null }, office.place);
    const [content] = office.server.world.jobs.files.values();
    return (content ?? Buffer.alloc(0)).toString('utf8').split('\n').slice(0, -1);
  }

  it('leave out what is NULL and what has no column', async () => {
    expect(await loaded([{ text: null, n: '1.50', other: 'x' }, {}])).toEqual(['{"n":"1.50"}', '{}']);
  });

  it('keep texts with line separators on one line, and replace halves of characters', async () => {
    const [line] = await loaded([{ text: 'a\u2028b\nc\ud800' }]);
    expect(JSON.parse(line ?? '')).toEqual({ text: 'a\u2028b\nc\ufffd' });
  });

  it.each<[string, RowValue, unknown]>([
    ['a value of its own', { a: [1, null] }, { a: [1, null] }],
    ['JSON in a text', '{"a":1.5,"b":[true,null]}', { a: 1.5, b: [true, null] }],
    ['no JSON', 'not JSON {', 'not JSON {'],
    ['a number beyond a double, as its text', '{"id":12345678901234567890}', { id: '12345678901234567890' }],
    ['a decimal with too many digits, as its text', '[0.1234567890123456789]', ['0.1234567890123456789']],
    ['a number too large for a double, as its text', '[1e400]', ['1e400']],
    ['a number too small for a double, as its text', '[1e-400]', ['1e-400']],
    ['zeros', '[0, -0.0, 0.00, 100, 1.50]', [0, -0, 0, 100, 1.5]],
  ])('give a JSON column %s', async (_what, raw, expected) => {
    const [line] = await loaded([{ raw }]);
    expect(JSON.parse(line ?? '')).toEqual({ raw: JSON.parse(JSON.stringify(expected)) as unknown });
  });
});

describe('the wait before a repetition', () => {
  it('doubles up to a limit, and is at least half of it', () => {
    const patience = { ...QUICK, baseMs: 1000, longestMs: 32_000 };
    const attempts = fc.integer({ min: 1, max: 40 });
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(attempts, random, (attempt, chance) => {
        const limit = Math.min(32_000, 1000 * 2 ** (attempt - 1));
        const ms = backoffMs(attempt, patience, () => chance);
        return ms >= limit / 2 && ms <= limit;
      }),
    );
  });
});
