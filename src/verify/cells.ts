/**
 * One cell of a row as Harvest sends it and as the warehouse tells it, in one spelling: equal values are equal texts.
 * Pure.
 */
import type { Column } from '../catalog/column.ts';
import { plainDecimal } from '../sync/cast.ts';
import type { RowValue } from '../warehouse/table.ts';
import { instantText } from '../warehouse/value-text.ts';

/** A value of a shaped row; lists as JSON, their records with the chosen fields in order. null: NULL. */
export function sentText(column: Column, value: RowValue | undefined): string | null {
  if (column.mode === 'REPEATED') return JSON.stringify(listOf(column, value));
  return scalarText(column, value);
}

/** A value as a warehouse tells it. An absent list is an empty one. */
export function storedText(column: Column, text: string | null): string | null {
  if (column.mode === 'REPEATED') return JSON.stringify(listOf(column, text === null ? [] : parse(text)));
  return scalarText(column, text);
}

/** What stands in a list, whatever the order of the fields. */
function listOf(column: Column, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [];
  const { fields } = column;
  return value.map((item: unknown) => {
    if (fields === undefined) return scalarText(column, item);
    const record = (typeof item === 'object' && item !== null ? item : {}) as Readonly<
      Record<string, unknown>
    >;
    return Object.fromEntries(
      fields.map((field) => [
        field.name,
        field.mode === 'REPEATED' ? listOf(field, record[field.name]) : scalarText(field, record[field.name]),
      ]),
    );
  });
}

function scalarText({ type, hashed }: Column, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (hashed === true) return text;
  if (type === 'TIMESTAMP') return instant(text);
  return type === 'NUMERIC' || type === 'INT64' ? (plainDecimal(text) ?? text) : text;
}

/** Numbers keep every digit they are written with. */
function parse(json: string): unknown {
  return JSON.parse(json, (_name: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? (context?.source ?? value) : value,
  ) as unknown;
}

/** An instant with whatever offset and fraction, in UTC: `2026-01-31T09:00:00+01:00` → `2026-01-31T08:00:00Z`. */
function instant(text: string): string {
  const match = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return text;
  const [, whole = '', fraction = '', offset = 'Z'] = match;
  const seconds = Date.parse(whole + offset);
  if (Number.isNaN(seconds)) return text;
  return instantText(BigInt(seconds) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0')));
}

/** A cell, or a field of an element of a list, that differs. */
export interface CellDifference {
  /** `amount`, `line_items[2].unit_price`, `line_items` where their number differs. */
  readonly column: string;
  readonly of: Column;
  readonly ours: string | null;
  readonly harvest: string | null;
}

/** In what a stored cell differs from a sent value; lists of records are compared element by element. */
export function differingCells(
  column: Column,
  sent: RowValue | undefined,
  stored: string | null,
): readonly CellDifference[] {
  const [harvest, ours] = [sentText(column, sent), storedText(column, stored)];
  if (ours === harvest) return [];
  const { fields } = column;
  if (column.mode !== 'REPEATED' || fields === undefined)
    return [{ column: column.name, of: column, ours, harvest }];
  const [theirs, own] = [harvest, ours].map((text) => JSON.parse(text ?? '[]') as readonly Element[]);
  if (theirs?.length !== own?.length) {
    const count = (list: readonly Element[] | undefined): string => `${list?.length ?? 0} elements`;
    return [{ column: column.name, of: COUNTED, ours: count(own), harvest: count(theirs) }];
  }
  return (theirs ?? []).flatMap((element, at) =>
    fields.flatMap((field) => {
      const [one, other] = [plain(own?.[at]?.[field.name]), plain(element[field.name])];
      if (one === other) return [];
      return [{ column: `${column.name}[${at}].${field.name}`, of: field, ours: one, harvest: other }];
    }),
  );
}

type Element = Readonly<Record<string, unknown>>;

/** The number of a list's elements gives nothing away. */
const COUNTED: Column = {
  name: 'count',
  type: 'INT64',
  mode: 'NULLABLE',
  description: 'How many elements there are.',
  sensitivity: 'none',
  path: [],
  required: false,
  nullable: true,
};

function plain(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
