import { describe, expect, it } from '@jest/globals';
import { Workbench, column, list, table, type OpenWarehouse } from './workbench.ts';

const VALUES = table('values_of_all_types', [
  column('id', 'INT64', 'REQUIRED'),
  column('text', 'STRING'),
  column('number', 'NUMERIC'),
  column('large', 'INT64'),
  column('flag', 'BOOL'),
  column('day', 'DATE'),
  column('instant', 'TIMESTAMP'),
  column('order', 'STRING'),
  column('texts', 'STRING', 'REPEATED'),
  column('numbers', 'INT64', 'REPEATED'),
  list('records', [column('id', 'INT64'), column('select', 'STRING'), column('rate', 'NUMERIC')]),
]);

const DECIMALS: readonly (readonly [sent: string, read: string])[] = [
  ['12345678901.123456789', '12345678901.123456789'],
  ['0.1', '0.1'],
  ['288.9', '288.9'],
  ['0.575', '0.575'],
  ['0.000000001', '0.000000001'],
  ['-0.000000001', '-0.000000001'],
  ['100.0', '100'],
  ['100', '100'],
  ['0', '0'],
  ['-0.0', '0'],
  ['999999999.999999999', '999999999.999999999'],
  ['1000000000.999999999', '1000000000.999999999'],
  ['99999999999999999999999999999.999999999', '99999999999999999999999999999.999999999'],
];

const TEXTS: readonly (string | null)[] = [
  '',
  null,
  ' ',
  'NULL',
  'null',
  `'; DROP TABLE clients; --`,
  'say "hi" \\" \\n',
  'line\nline\r\nline\ttab',
  '\u0001\u0002\u001f\u007f',
  '\u2028\u2029\ufeff',
  'emoji 👩‍💻 and Ünïcödé 漢字',
  '{"json": [1, 2]}',
  '$1 $at $run ${x} %s ?',
  '2026-01-01',
  '001',
];

/** Values that stay what they are. */
export function valueTests(open: OpenWarehouse): void {
  describe('values', () => {
    it('keep every digit of a decimal', async () => {
      await using bench = await Workbench.open(open, [VALUES]);
      await bench.load(
        VALUES,
        DECIMALS.map(([sent], id) => ({ id, number: sent, records: [{ id, rate: sent }] })),
      );
      const rows = await bench.rows(VALUES);
      expect(DECIMALS.map((_, id) => rows[id]?.['number'])).toEqual(DECIMALS.map(([, read]) => read));
      expect(DECIMALS.map((_, id) => rows[id]?.['records'])).toEqual(
        DECIMALS.map(([, read], id) => `[{"id":${id},"select":null,"rate":${read}}]`),
      );
      const again = await bench.load(
        VALUES,
        DECIMALS.map(([, read], id) => ({ id, number: read, records: [{ id, rate: read }] })),
      );
      expect(again).toMatchObject({ unchanged: DECIMALS.length, updated: 0 });
    });

    it('keep integers beyond 2^53', async () => {
      await using bench = await Workbench.open(open, [VALUES]);
      const large = ['9007199254740993', '-9007199254740993', '9223372036854775807'];
      await bench.load(
        VALUES,
        large.map((value, id) => ({ id, large: value, numbers: [value] })),
      );
      expect(Object.values(await bench.values(VALUES, 'large')).toSorted()).toEqual(large.toSorted());
      expect(await bench.values(VALUES, 'numbers')).toMatchObject({ 0: '[9007199254740993]' });
    });

    it('keep texts as they are, in columns, lists and records', async () => {
      await using bench = await Workbench.open(open, [VALUES]);
      const rows = TEXTS.map((text, id) => ({
        id,
        text,
        order: text,
        texts: text === null ? [] : [text, ''],
        records: [{ id, select: text }],
      }));
      expect(await bench.load(VALUES, rows)).toMatchObject({ inserted: TEXTS.length });
      expect(await bench.load(VALUES, rows)).toMatchObject({ unchanged: TEXTS.length });
      const stored = await bench.rows(VALUES);
      for (const [id, text] of TEXTS.entries()) {
        expect(stored[id]).toMatchObject({ text, order: text });
        expect(JSON.parse(stored[id]?.['texts'] ?? '')).toEqual(text === null ? [] : [text, '']);
        expect(JSON.parse(stored[id]?.['records'] ?? '')).toEqual([{ id, select: text, rate: null }]);
      }
    });

    it('replace half a surrogate pair, which no warehouse can store', async () => {
      await using bench = await Workbench.open(open, [VALUES]);
      await bench.load(VALUES, [{ id: 1, text: 'a\ud83db' }]);
      expect(await bench.values(VALUES, 'text')).toEqual({ 1: 'a\ufffdb' });
    });

    it('keep dates, instants, truth and absence apart', async () => {
      await using bench = await Workbench.open(open, [VALUES]);
      await bench.load(VALUES, [
        { id: 1, day: '1999-12-31', instant: '2026-01-02T03:04:05.123456Z', flag: false },
        { id: 2, day: '2028-02-29', instant: '2026-07-01T23:30:00+02:00', flag: true },
        { id: 3 },
      ]);
      expect(await bench.rows(VALUES)).toMatchObject({
        1: { day: '1999-12-31', instant: '2026-01-02T03:04:05.123456Z', flag: 'false' },
        2: { day: '2028-02-29', instant: '2026-07-01T21:30:00Z', flag: 'true' },
        3: { day: null, instant: null, flag: null, text: null, texts: '[]', records: '[]' },
      });
    });

    it('tell NULL from the empty text when they change into each other', async () => {
      await using bench = await Workbench.open(open, [VALUES]);
      await bench.load(VALUES, [
        { id: 1, text: '' },
        { id: 2, text: null },
      ]);
      expect(
        await bench.load(VALUES, [
          { id: 1, text: null },
          { id: 2, text: '' },
        ]),
      ).toMatchObject({ updated: 2 });
      expect(await bench.values(VALUES, 'text')).toEqual({ 1: null, 2: '' });
    });
  });
}
