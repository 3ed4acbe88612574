import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ColumnType } from '../../../src/catalog/column.ts';
import { isObject, Lexeme, parseJson } from '../../../src/harvest/json.ts';
import { castScalar, jsonType, keyedHash, plainText, Refusal } from '../../../src/sync/cast.ts';

/** What becomes of a value that stands in a JSON text: the row's value, or `refused: <why>`. */
function cast(type: ColumnType, json: string): unknown {
  const parsed = parseJson(`{"value": ${json}}`);
  const result = castScalar(type, isObject(parsed) ? parsed['value'] : null);
  return result instanceof Refusal ? `refused: ${result.reason}` : result;
}

const NINES = (count: number): string => '9'.repeat(count);

describe('NUMERIC', () => {
  it.each([
    ['0.1', '0.1'],
    ['288.9', '288.9'],
    ['0.575', '0.575'],
    ['12345678901.123456789', '12345678901.123456789'],
    ['1e-9', '0.000000001'],
    ['0.000000001', '0.000000001'],
    ['0.0000001', '0.0000001'],
    ['100.0', '100'],
    ['1.50', '1.5'],
    ['1E2', '100'],
    ['1.5e+3', '1500'],
    ['-12.25', '-12.25'],
    ['0.0', '0'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['0e99999', '0'],
    ['9007199254740993', '9007199254740993'],
    ['0.1234567890', '0.123456789'],
    [NINES(29), NINES(29)],
    [`-${NINES(29)}.${NINES(9)}`, `-${NINES(29)}.${NINES(9)}`],
    ['1e28', `1${'0'.repeat(28)}`],
  ])('holds %s as %s', (json, expected) => {
    expect(cast('NUMERIC', json)).toBe(expected);
  });

  it.each([
    ['30 digits before the point', NINES(30), 'more than 29 digits before the point'],
    ['30 digits by exponent', '1e29', 'more than 29 digits before the point'],
    ['10 decimals', '0.1234567891', 'more than 9 decimals'],
    ['10 decimals by exponent', '1e-10', 'more than 9 decimals'],
    ['1E400', '1E400', 'more than 29 digits before the point'],
    ['1E-400', '1E-400', 'more than 9 decimals'],
    ['an exponent beyond reason', '1E999999999', 'out of the range of NUMERIC'],
    ['text', '"0.1"', 'expected number, got string'],
    ['a truth value', 'true', 'expected number, got boolean'],
    ['a list', '[1]', 'expected number, got array'],
    ['an object', '{"amount": 1}', 'expected number, got object'],
  ])('refuses %s', (_name, json, reason) => {
    expect(cast('NUMERIC', json)).toContain(`refused: `);
    expect(cast('NUMERIC', json)).toContain(reason);
  });
});

describe('INT64', () => {
  it.each<[string, unknown]>([
    ['7', 7],
    ['-7', -7],
    ['5.0', 5],
    ['999999999999999', 999_999_999_999_999],
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['1e3', '1000'],
    ['12345678901234567.0', '12345678901234567'],
  ])('holds %s', (json, expected) => {
    expect(cast('INT64', json)).toBe(expected);
  });

  it('writes -0 as 0', () => {
    expect(JSON.stringify(cast('INT64', '-0'))).toBe('0');
  });

  it.each([
    ['9223372036854775808', 'does not fit into 64 bits'],
    ['-9223372036854775809', 'does not fit into 64 bits'],
    ['1E400', 'does not fit into 64 bits'],
    ['0.5', 'got a fraction'],
    ['1e-3', 'got a fraction'],
    ['9007199254740993.5', 'got a fraction'],
    ['"7"', 'expected integer, got string'],
    ['false', 'expected integer, got boolean'],
    ['[7]', 'expected integer, got array'],
    ['{}', 'expected integer, got object'],
  ])('refuses %s', (json, reason) => {
    expect(cast('INT64', json)).toContain(`refused: `);
    expect(cast('INT64', json)).toContain(reason);
  });
});

describe('DATE', () => {
  it.each(['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31', '2026-04-30'])('holds %s', (date) => {
    expect(cast('DATE', JSON.stringify(date))).toBe(date);
  });

  it.each([
    '2023-02-29',
    '1900-02-29',
    '0000-01-01',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '20260101',
    '2026-01-01T00:00:00Z',
    ' 2026-01-01',
    '2026-01-01\n',
    'tomorrow',
    '',
  ])('refuses %j', (date) => {
    expect(cast('DATE', JSON.stringify(date))).toBe(
      'refused: expected a calendar date YYYY-MM-DD, got other text',
    );
  });

  it.each(['20260101', 'true', '{}', '[]'])('refuses what is no text: %s', (json) => {
    expect(cast('DATE', json)).toContain('refused: expected a date, got ');
  });
});

describe('TIMESTAMP', () => {
  it.each([
    '2026-01-31T08:00:00Z',
    '2024-02-29T23:59:59Z',
    '2026-01-31T08:00:00.1Z',
    '2026-01-31T08:00:00.123456Z',
    '2026-01-31T08:00:00+02:00',
    '2026-01-31T08:00:00-09:30',
    '2026-01-31T08:00:00.123456+14:00',
  ])('holds %s as it was sent', (instant) => {
    expect(cast('TIMESTAMP', JSON.stringify(instant))).toBe(instant);
  });

  it.each([
    ['2026-01-31T08:00:00.1234567Z', 'finer than a microsecond'],
    ['2023-02-29T08:00:00Z', 'expected an instant'],
    ['0000-01-01T00:00:00Z', 'expected an instant'],
    ['2026-01-31T24:00:00Z', 'expected an instant'],
    ['2026-01-31T08:60:00Z', 'expected an instant'],
    ['2026-01-31T08:00:60Z', 'expected an instant'],
    ['2026-01-31T08:00:00', 'expected an instant'],
    ['2026-01-31 08:00:00Z', 'expected an instant'],
    ['2026-01-31T08:00:00+25:00', 'expected an instant'],
    ['2026-01-31', 'expected an instant'],
    ['8:00am', 'expected an instant'],
    ['', 'expected an instant'],
  ])('refuses %j', (instant, reason) => {
    expect(cast('TIMESTAMP', JSON.stringify(instant))).toContain(`refused: `);
    expect(cast('TIMESTAMP', JSON.stringify(instant))).toContain(reason);
  });
});

describe('STRING, BOOL and JSON', () => {
  it.each(['', ' ', 'Huber & Söhne', '8:00am', '😀', 'a\u0000b', '0', 'null'])('keep the text %j', (text) => {
    expect(cast('STRING', JSON.stringify(text))).toBe(text);
  });

  it('put U+FFFD where half of a surrogate pair stands alone', () => {
    expect(cast('STRING', String.raw`"a\ud83db"`)).toBe('a\uFFFDb');
    expect(cast('STRING', String.raw`"\ude00"`)).toBe('\uFFFD');
  });

  it.each(['1', '1e3', 'true', '[]', '{}'])('refuse %s for a text', (json) => {
    expect(cast('STRING', json)).toContain('refused: expected string, got ');
  });

  it('keep truth values and refuse what only looks like one', () => {
    expect(cast('BOOL', 'true')).toBe(true);
    expect(cast('BOOL', 'false')).toBe(false);
    expect(cast('BOOL', '"true"')).toBe('refused: expected boolean, got string');
    expect(cast('BOOL', '1')).toBe('refused: expected boolean, got integer');
  });

  it('keep JSON as it is', () => {
    expect(cast('JSON', '{"a": [1, null]}')).toEqual({ a: [1, null] });
  });
});

it('a reason never shows the value', () => {
  const types: readonly ColumnType[] = ['STRING', 'BOOL', 'INT64', 'NUMERIC', 'DATE', 'TIMESTAMP', 'RECORD'];
  const values = ['{"secret": "4711"}', '["4711"]', '"secret 4711"', '4711e4711', '0.47110000000000004711'];
  const reasons = types.flatMap((type) => values.map((json) => cast(type, json)));
  const refused = reasons.filter((reason) => String(reason).startsWith('refused: '));
  expect(refused.length).toBeGreaterThan(20);
  expect(refused.join()).not.toMatch(/4711|secret/);
});

it('names the types of JSON in the words of JSON Schema', () => {
  const values = [null, [], {}, 'x', true, 1, 0.5, new Lexeme('1e3')];
  expect(values.map(jsonType)).toEqual([
    'null',
    'array',
    'object',
    'string',
    'boolean',
    'integer',
    'number',
    'number',
  ]);
});

describe('keyedHash', () => {
  it('is HMAC-SHA-256 in lower-case hex', () => {
    // RFC 4231, test case 2
    expect(keyedHash('Jefe', 'what do ya want for nothing?')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('hashes the UTF-8 bytes of the text, the empty one included', () => {
    const bytes = Buffer.from('jörg@acme.example', 'utf8');
    expect(keyedHash('key', 'jörg@acme.example')).toBe(
      createHmac('sha256', Buffer.from('key')).update(bytes).digest('hex'),
    );
    expect(keyedHash('key', '')).toMatch(/^[0-9a-f]{64}$/);
  });
});

it('plainText gives numbers and texts, and nothing else', () => {
  const values = [7, 'a', new Lexeme('9007199254740993'), null, undefined, true, [1], { a: 1 }];
  expect(values.map(plainText)).toEqual(['7', 'a', '9007199254740993', '', '', '', '', '']);
});
