import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { chooseColumns } from '../../../src/catalog/choose-columns.ts';
import type { Stream } from '../../../src/catalog/stream.ts';
import { Body } from '../../../src/harvest/body.ts';
import { cutPage, type SentRecords } from '../../../src/harvest/record-list.ts';
import { planCopies } from '../../../src/sync/copy-plan.ts';
import { NOT_COPIED, RecordCopier } from '../../../src/sync/copy-record.ts';
import { compileShaper } from '../../../src/sync/row.ts';
import type { Row } from '../../../src/warehouse/table.ts';

/** JSON whose scalars stand for themselves, so that a number may be spelled in any way. */
type Spelled = string | readonly Spelled[] | { readonly [name: string]: Spelled };

const streams = [...loadCatalog().streams.values()].filter((stream) => copierOf(stream) !== null);

function copierOf(
  { columns, primary_key: primaryKey, dated }: Stream,
  chosen = columns,
): RecordCopier | null {
  const plan = planCopies(columns, chosen, { primaryKey, dated });
  return plan === null ? null : new RecordCopier(plan);
}

function fixtureOf({ name, records = '' }: Stream): readonly Spelled[] {
  const url = new URL(`../../fixtures/harvest/${name}/page.json`, import.meta.url);
  const page = JSON.parse(readFileSync(url, 'utf8')) as Record<string, unknown>;
  return (page[records] as readonly unknown[]).map(spell);
}

function spell(value: unknown): Spelled {
  if (Array.isArray(value)) return value.map(spell);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spell(inner)]));
}

/** The text of a value; `gap` is the white space that stands wherever some may stand. */
function textOf(value: Spelled, gap: string): string {
  if (typeof value === 'string') return value;
  const parts = Array.isArray(value)
    ? value.map((each: Spelled) => textOf(each, gap))
    : Object.entries(value).map(
        ([name, inner]) => `${JSON.stringify(name)}${gap}:${gap}${textOf(inner, gap)}`,
      );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}${gap}${parts.join(`${gap},${gap}`)}${gap}${close}`;
}

function sentOf(records: readonly string[]): SentRecords {
  const body = new Body();
  body.add(Buffer.from(`{"list":[${records.join(',')}]}`, 'utf8'));
  const sent = cutPage(body, 'list')?.records.sent;
  if (sent == null) throw new Error('The page could not be cut');
  return sent;
}

/** What is copied of a record; null where it has to go the long way. */
function copied(copier: RecordCopier, sent: SentRecords, place: number): Row | null {
  const start = sent.starts[place] ?? 0;
  const most = copier.mostBytes((sent.ends[place] ?? 0) - start);
  const out = Buffer.alloc(most + 6);
  const end = copier.copy(sent.bytes, start, out.subarray(0, most + 3), 3);
  if (end === NOT_COPIED) return null;
  expect(end).toBeLessThanOrEqual(most + 3);
  return JSON.parse(`{"_seq":0${out.toString('utf8', 3, end)}`) as Row;
}

/** What the long way makes of a record. */
function shaped(
  stream: Stream,
  sent: SentRecords,
  place: number,
  chosen = stream.columns,
): { row: Row | null; drift: string[] } {
  const shape = compileShaper({ all: stream.columns, chosen, primaryKey: stream.primary_key, hashKey: null });
  const drift: string[] = [];
  const made = shape(sent.parse(place), {}, (path, type) => drift.push(`${path} ${type}`));
  if (made.kind === 'reject') return { row: null, drift };
  const filled = Object.entries(made.row).filter(([, value]) => value !== null);
  return { row: { _seq: 0, ...Object.fromEntries(filled) }, drift };
}

const SPELLINGS = [
  '0',
  '7',
  '-7',
  '1.0',
  '8.50',
  '100.000',
  '0.10',
  '-0',
  '-0.0',
  '-0.5',
  '1e3',
  '1E-7',
  '0.0000001',
  '0.1234567891',
  '123456789012345',
  '1234567890123456',
  '9007199254740993',
  '12345678901234567890',
  'true',
  'false',
  'null',
  '""',
  '"x"',
  String.raw`"a\"b\\c\/\n"`,
  String.raw`"\u00e9\u2028"`,
  String.raw`"\ud83d\ude00"`,
  String.raw`"\ud800"`,
  '"📷 ü"',
  '"2026-02-28"',
  '"2023-02-29"',
  '"2026-01-31T08:00:00Z"',
  '"2026-01-31T08:00:00.123456Z"',
  '"2026-01-31T08:00:00+02:00"',
  String.raw`"2026\u002d01-31"`,
  '[]',
  '[1]',
  '{}',
  '{"id":7}',
];

const change = fc.record({
  place: fc.nat(1000),
  how: fc.constantFrom('overwrite', 'overwrite', 'remove', 'add', 'last'),
  value: fc.constantFrom(...SPELLINGS),
});

type Fields = Record<string, Spelled>;

/** All objects within a value, itself first. */
function objectsIn(value: Spelled): readonly Fields[] {
  if (typeof value === 'string' || Array.isArray(value)) return [];
  const fields = value as Fields;
  return [fields, ...Object.values(fields).flatMap(objectsIn)];
}

function apply(record: Spelled, { place, how, value }: { place: number; how: string; value: string }): void {
  const places = objectsIn(record).flatMap((fields) =>
    Object.keys(fields).map((name) => [fields, name] as const),
  );
  const found = places[place % places.length];
  if (found === undefined) return;
  const [fields, name] = found;
  const { [name]: before = 'null' } = fields;
  if (how === 'overwrite') fields[name] = value;
  else if (how === 'add') fields[`new "${place}"`.slice(0, 4 + (place % 3))] = value;
  else Reflect.deleteProperty(fields, name);
  // another order of the same properties
  if (how === 'last') fields[name] = before;
}

describe.each(streams.map((stream) => [stream.name, stream] as const))('records of %s', (_, stream) => {
  const records = fixtureOf(stream);

  it('are copied as the fixture has them', () => {
    const sent = sentOf(records.map((record) => textOf(record, '')));
    const copier = copierOf(stream);
    for (const place of records.keys()) {
      const row = copier === null ? null : copied(copier, sent, place);
      expect(row).toEqual(shaped(stream, sent, place).row);
      expect(copier?.drift).toEqual([]);
    }
  });
});

it('what is null, empty, missing or of another type anywhere is copied as the long way has it, or not at all', () => {
  const counts = { copied: 0, left: 0, rejected: 0 };
  for (const stream of streams) {
    const [record = {}] = fixtureOf(stream);
    const places = objectsIn(record).flatMap((fields, nth) =>
      Object.keys(fields).map((name) => ({ nth, name })),
    );
    for (const { nth, name } of places) {
      for (const value of ['null', '{}', '[]', '"x"', '7', undefined]) {
        const changed = structuredClone(record);
        const fields = objectsIn(changed)[nth] ?? {};
        if (value === undefined) Reflect.deleteProperty(fields, name);
        else fields[name] = value;
        const sent = sentOf([textOf(changed, '')]);
        const copier = copierOf(stream);
        const row = copier === null ? null : copied(copier, sent, 0);
        const { row: expected } = shaped(stream, sent, 0);
        counts[expected === null ? 'rejected' : row === null ? 'left' : 'copied'] += 1;
        if (row !== null)
          expect({ stream: stream.name, name, value, row }).toEqual({
            stream: stream.name,
            name,
            value,
            row: expected,
          });
      }
    }
  }
  expect(counts.left).toBeLessThan(50);
  expect(Math.min(counts.copied, counts.rejected)).toBeGreaterThan(300);
});

it('whatever a record holds, its copy is the row that the long way makes, or there is none', () => {
  const counts = { copied: 0, left: 0, drift: 0 };
  const random = fc.constantFrom(...streams).chain((stream) =>
    fc.record({
      stream: fc.constant(stream),
      record: fc.constantFrom(...fixtureOf(stream)),
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
      gap: fc.constantFrom('', '', ' ', '\n\t'),
      excluded: fc.subarray(
        stream.columns.map(({ name }) => name),
        { maxLength: 4 },
      ),
    }),
  );
  fc.assert(
    fc.property(random, ({ stream, record, changes, gap, excluded }) => {
      const fixed = [...stream.primary_key, stream.cursor, stream.dated];
      const exclude = excluded.filter((name) => !fixed.includes(name));
      const chosen = chooseColumns(stream, { include: [], exclude, hash: [] });
      const copier = copierOf(stream, chosen);
      if (copier === null) return;
      const changed = structuredClone(record);
      for (const each of changes) apply(changed, each);
      // the second one is met with the order of the first in mind
      const sent = sentOf([textOf(record, ''), textOf(changed, gap)]);
      copied(copier, sent, 0);
      const row = copied(copier, sent, 1);
      counts[row === null ? 'left' : 'copied'] += 1;
      if (row === null) return;
      const { row: expected, drift } = shaped(stream, sent, 1, chosen);
      expect(row).toEqual(expected);
      expect(String(copier.key)).toBe(String(expected?.[stream.primary_key[0] ?? '']));
      expect(copier.date).toBe(expected?.[stream.dated ?? 'none'] ?? '');
      expect(copier.drift.map(({ path, typeSeen }) => `${path} ${typeSeen}`)).toEqual(drift);
      counts.drift += drift.length;
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(counts.copied, counts.left)).toBeGreaterThan(300);
  expect(counts.drift).toBeGreaterThan(30);
});

it('a property that is sent twice, or half of a pair, is left to the long way', () => {
  const stream = streams.find(({ name }) => name === 'tasks');
  const copier = stream === undefined ? null : copierOf(stream);
  if (stream === undefined || copier === null) throw new Error('tasks are not copied');
  const [fixture = {}] = fixtureOf(stream);
  const whole = textOf(fixture, '');
  const odd = [
    whole.replace('{', '{"name":"first",'),
    whole.replace('{', '{"new":"a","new":"b",'),
    whole.replace(/"name":"[^"]*"/, String.raw`"name":"\uD800"`),
    whole.replace('"name"', String.raw`"n\u0061me"`),
  ];
  const sent = sentOf([whole, ...odd]);
  const rows = [whole, ...odd].map((_, place) => copied(copier, sent, place));
  expect(rows.map((row) => row !== null)).toEqual([true, false, false, false, false]);
});
