import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ConnectorError } from '../../src/errors.ts';
import { errorLines } from '../../src/report/error-text.ts';
import {
  formatAge,
  formatBytes,
  formatClock,
  formatCount,
  formatInstant,
  formatSeconds,
  plural,
} from '../../src/report/quantity.ts';
import { lengthOf, renderTable } from '../../src/report/table.ts';

describe('quantities', () => {
  it.each([
    [formatCount(0), '0'],
    [formatCount(999), '999'],
    [formatCount(18_412), '18 412'],
    [formatCount(1_234_567), '1 234 567'],
    [plural(1, 'row'), '1 row'],
    [plural(0, 'row'), '0 rows'],
    [plural(2, 'query', 'queries'), '2 queries'],
    [formatBytes(0), '0 B'],
    [formatBytes(999), '999 B'],
    [formatBytes(9_950), '10 kB'],
    [formatBytes(1_500_000_000), '1.5 GB'],
    [formatBytes(346_030_080), '346 MB'],
    [formatBytes(999_600_000), '1.0 GB'],
    [formatBytes(5e15), '5000 TB'],
    [formatSeconds(0.04), '0.0 s'],
    [formatSeconds(9.23), '9.2 s'],
    [formatSeconds(134), '2 min 14 s'],
    [formatSeconds(3720), '1 h 02 min'],
    [formatSeconds(3599.7), '1 h 00 min'],
    [formatAge(45_000), '45 s'],
    [formatAge(12 * 60_000), '12 min'],
    [formatAge(3.2 * 3_600_000), '3.2 h'],
    [formatAge(50 * 3_600_000), '2.1 d'],
    [formatClock(65), '1:05'],
    [formatInstant('2026-11-20T06:00:02Z'), '2026-11-20 06:00'],
  ])('%s', (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

describe('tables', () => {
  const columns = [
    { title: 'stream' },
    { title: 'rows', align: 'right' as const },
    { title: 'note', optional: true },
  ];

  it('put numbers on the right', () => {
    expect(
      renderTable(
        columns,
        [
          ['clients', '88', ''],
          ['tasks', '5', 'x'],
        ],
        Infinity,
      ),
    ).toEqual(['  stream   rows  note', '  ───────  ────  ────', '  clients    88', '  tasks       5  x']);
  });

  it('leave out what is optional, then cut text, where the screen is narrow', () => {
    const lines = renderTable(columns, [['estimate_item_categories', '88', 'a long remark']], 24);
    expect(lines.at(-1)).toBe('  estimate_item_c…    88');
  });

  it('show control characters as spaces, so that a name cannot drive the terminal', () => {
    expect(renderTable([{ title: 'a' }], [['x\u001b[31m\ny']], 80).at(-1)).toBe('  x [31m y');
  });

  it('fit into the width that is given, whatever they hold', () => {
    const cell = fc.string({ maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        fc.integer({ min: 30, max: 100 }),
        (rows, width) => {
          const lines = renderTable([{ title: 'one' }, { title: 'two' }], rows, width);
          for (const line of lines) expect(lengthOf(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe('errors', () => {
  it('say code, stream, what happened, why, what to do and where to read on', () => {
    const error = new ConnectorError('HARVEST_FORBIDDEN', 'Harvest refused\nGET /v2/company', {
      stream: 'company',
      hint: 'Ask.',
    });
    expect(errorLines(error)).toEqual([
      'HARVEST_FORBIDDEN  company',
      '  Harvest refused',
      '  GET /v2/company',
      '  Why   Their role or its permissions do not cover it.',
      '  Do    Ask.',
      '  More  harvest-bq help errors HARVEST_FORBIDDEN',
    ]);
  });
});
