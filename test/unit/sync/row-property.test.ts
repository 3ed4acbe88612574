import { createHmac } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import * as fc from 'fast-check';
import type { Column } from '../../../src/catalog/column.ts';
import { parseJson, type JsonObject } from '../../../src/harvest/json.ts';
import { compileShaper, type Shaped } from '../../../src/sync/row.ts';
import type { RowValue } from '../../../src/warehouse/table.ts';
import { schemaOf } from '../../support/column-schema.ts';
import { HIDDEN, randomCase, type RandomCase } from '../../support/random-records.ts';

const HASH_KEY = 'hash key';

/** A random record and what became of it. */
interface Seen {
  readonly chosen: readonly Column[];
  readonly record: unknown;
  readonly shaped: Shaped;
  readonly drift: readonly string[];
}

function seenOf({ all, chosen, records }: RandomCase): readonly Seen[] {
  const shaper = compileShaper({ all, chosen, primaryKey: [], hashKey: HASH_KEY });
  return records.map((json) => {
    const drift: string[] = [];
    const note = (path: string, type: string): unknown => drift.push(`${path} ${type}`);
    const shaped = shaper(parseJson(json) as JsonObject, { parent_id: '7' }, note);
    return { chosen, record: JSON.parse(json) as unknown, shaped, drift };
  });
}

/** Checks every record of many random cases. */
function forEveryRecord(check: (seen: Seen) => void): void {
  fc.assert(
    fc.property(randomCase, (random) => {
      for (const seen of seenOf(random)) check(seen);
    }),
    { numRuns: 200 },
  );
}

/** The row that a valid record must become, worked out the slow and plain way. */
function expectedRow(columns: readonly Column[], record: unknown): Record<string, RowValue> {
  return Object.fromEntries(columns.map((each) => [each.name, expectedValue(each, record)]));
}

function expectedValue(column: Column, record: unknown): RowValue {
  if (column.path.length === 0) return '7';
  let value = record;
  for (const name of column.path) value = (value as Record<string, unknown> | null | undefined)?.[name];
  if (column.mode === 'REPEATED') {
    const elements = (value ?? []) as unknown[];
    if (column.fields === undefined) return elements.map((each) => expectedScalar(column, each));
    const { fields } = column;
    return elements.map((each) => expectedRow(fields, each));
  }
  return value === undefined || value === null ? null : expectedScalar(column, value);
}

function expectedScalar({ type, hashed }: Column, value: unknown): RowValue {
  if (hashed === true) return createHmac('sha256', HASH_KEY).update(String(value), 'utf8').digest('hex');
  return type === 'NUMERIC' ? String(value) : (value as RowValue);
}

it('every record becomes one row or one reject, as a JSON Schema validator would decide', () => {
  const ajv = new Ajv({ allowUnionTypes: true });
  ajvFormats.default(ajv);
  const counts = { row: 0, reject: 0 };
  fc.assert(
    fc.property(randomCase, (random) => {
      const validate = ajv.compile(schemaOf(random.chosen));
      for (const { record, shaped } of seenOf(random)) {
        counts[shaped.kind] += 1;
        expect(shaped.kind).toBe(validate(record) ? 'row' : 'reject');
      }
    }),
    { numRuns: 200 },
  );
  expect(Math.min(counts.row, counts.reject)).toBeGreaterThan(100);
});

it('a row has exactly the chosen columns, with the values that were sent', () => {
  forEveryRecord(({ chosen, record, shaped }) => {
    if (shaped.kind === 'row') expect(shaped.row).toEqual(expectedRow(chosen, record));
  });
});

it('a reject names a place within the chosen properties and holds chosen columns only', () => {
  forEveryRecord(({ chosen, shaped }) => {
    if (shaped.kind === 'row') return;
    const names = new Set([...chosen.map(({ name }) => name), 'parent_id']);
    expect(Object.keys(shaped.record).filter((name) => !names.has(name))).toEqual([]);
    const place = shaped.path.replaceAll(/\[\d+\]/g, '');
    const places = chosen.flatMap((each) => placesOf(each));
    expect(places.some((known) => known === place || known.startsWith(`${place}.`))).toBe(true);
  });
});

function placesOf(column: Column): readonly string[] {
  const place = column.path.join('.');
  return [
    place,
    ...(column.fields ?? []).flatMap((field) => placesOf(field).map((inner) => `${place}.${inner}`)),
  ];
}

it('nothing that was not chosen, is to be hashed or is not known gets out in clear', () => {
  forEveryRecord(({ shaped, drift }) => {
    expect(JSON.stringify(shaped) + drift.join()).not.toContain(HIDDEN);
    expect(drift.filter((line) => !/(?:^|\.)new_[ab] |p\d\.id /.test(line))).toEqual([]);
  });
});
