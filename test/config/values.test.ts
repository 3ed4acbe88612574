import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isCalendarDate } from '../../src/config/calendar-date.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { interpolate } from '../../src/config/interpolate.ts';
import { hideTokens } from '../../src/config/problem.ts';
import { parseReference } from '../../src/config/reference.ts';
import { parseSize } from '../../src/config/size.ts';

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['25m', 1_500_000],
    ['26h', 93_600_000],
    ['2d', 172_800_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', 'two', '10', '10 m', '1.5h', '-1d', '1w', '1M', '10m ', '10m\n', '9007199254740993s'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it('is the number times its unit, whatever the number', () => {
    const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    fc.assert(
      fc.property(
        fc.nat(100_000_000),
        fc.constantFrom('s' as const, 'm' as const, 'h' as const, 'd' as const),
        (count, unit) => {
          expect(parseDuration(`${count}${unit}`)).toBe(count * units[unit]);
        },
      ),
    );
  });

  it('never throws, and answers with whole milliseconds or null', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDuration(text);
        expect(ms === null || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe('parseSize', () => {
  it.each([
    ['10GB', 10_000_000_000],
    ['64MB', 64_000_000],
    ['1KiB', 1024],
    ['512B', 512],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'ten', '10', 'GB', '1.5GB', '10gb', '10constructor', '99999999999TiB'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toBeNull();
    },
  );
});

describe('isCalendarDate', () => {
  it.each(['2020-01-01', '2024-02-29', '1999-12-31'])('takes %s', (text) => {
    expect(isCalendarDate(text)).toBe(true);
  });

  it.each([
    '2023-02-29',
    '2020-13-01',
    '2020-00-10',
    '2020-04-31',
    '20-01-01',
    '2020-1-1',
    '2020-01-01T00:00',
    '',
  ])('refuses %j', (text) => {
    expect(isCalendarDate(text)).toBe(false);
  });
});

describe('interpolate', () => {
  const variables = new Map([
    ['A', 'alpha'],
    ['EMPTY', ''],
    ['TRICKY', '${A} $& $1'],
  ]);
  const filled = (text: string): string => interpolate(text, variables).text;

  it.each([
    ['${A}', 'alpha'],
    ['x-${A}-${A}', 'x-alpha-alpha'],
    ['${NONE:-beta}', 'beta'],
    ['${EMPTY:-beta}', 'beta'],
    ['${NONE:-}', ''],
    ['$${A}', '${A}'],
    ['$${A} ${A}', '${A} alpha'],
    ['$A {A} $', '$A {A} $'],
  ])('fills %s in as %s', (text, expected) => {
    expect(filled(text)).toBe(expected);
  });

  it('takes what a variable holds as it is', () => {
    expect(filled('<${TRICKY}>')).toBe('<${A} $& $1>');
  });

  it('tells which variables have no value, and whether they are set', () => {
    expect(interpolate('${NONE}/${EMPTY}', variables).missing).toEqual([
      { name: 'NONE', state: 'not set' },
      { name: 'EMPTY', state: 'empty' },
    ]);
  });

  it.each(['${', '${}', '${1X}', '${A-b}', '${A', '${NONE:-${A}}', '${a b}'])(
    'calls %s malformed',
    (text) => {
      expect(interpolate(text, variables).malformed).not.toBeNull();
    },
  );

  it.each([
    ['${A}', true],
    ['${A}${A}', true],
    ['${NONE:-beta}', true],
    ['Bearer ${A}', false],
    ['$${A}', false],
    ['plain', false],
  ])('knows whether %s came wholly out of variables', (text, wholly) => {
    expect(interpolate(text, variables).wholly).toBe(wholly);
  });

  it('leaves texts without a dollar sign alone', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('${'));
        expect(filled(text)).toBe(text);
      }),
    );
  });
});

describe('parseReference', () => {
  it.each([
    ['env://TOKEN', { kind: 'env', name: 'TOKEN' }],
    ['file:///run/a%20token', { kind: 'file', path: '/run/a token' }],
    [
      'sm://acme-data/harvest-token#3',
      { kind: 'secret-manager', project: 'acme-data', name: 'harvest-token', version: '3' },
    ],
    ['sm://acme-data/t', { kind: 'secret-manager', project: 'acme-data', name: 't', version: 'latest' }],
    ['sm://t#latest', { kind: 'secret-manager', project: null, name: 't', version: 'latest' }],
  ])('reads %s', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });

  it.each([
    'env://',
    'env://A-B',
    'file://token',
    'file://host/token',
    'sm://',
    'sm://a/b/c',
    'sm://a/b#',
    'file:///%00%',
  ])('calls %s malformed', (text) => {
    expect(parseReference(text)).toEqual({ kind: 'malformed' });
  });

  it('takes anything else for the secret itself', () => {
    expect(parseReference('123.pt.abc')).toBeNull();
  });
});

describe('hideTokens', () => {
  it('hides what looks like a token of Harvest and nothing else', () => {
    expect(hideTokens('is "1234567.pt.AbC-d_e", 12.5 at.home, 9.at.x')).toBe(
      'is "[secret]", 12.5 at.home, [secret]',
    );
  });
});
