/**
 * Values of BigQuery as text. Enters: cells as the REST API writes them (`{v: …}`, instants in microseconds). Leaves:
 * the same text that DuckDB's values read as.
 */
import { instantText, minimal } from '../value-text.ts';
import { isList, typeName, type Field } from './columns.ts';

/** A cell of a row; a scalar value is always text: `{v: '1'}`, `{v: [{v: 'a'}]}`, `{v: {f: [{v: '1'}]}}`. */
export interface Cell {
  readonly v: unknown;
}

/** A row: `{f: [{v: '1'}, …]}`. */
export interface RawRow {
  readonly f?: readonly Cell[];
}

/** A cell as text; NULL is null, an absent list is an empty one. */
export function cellText(cell: Cell | undefined, field: Field): string | null {
  const value = cell?.v ?? null;
  if (isList(field)) return listJson(value, field);
  if (value === null) return null;
  return typeName(field.type) === 'RECORD' ? recordJson(value, field) : scalarText(value as string, field);
}

/** All cells of a row as text. */
export function rowTexts(row: RawRow, fields: readonly Field[]): readonly (string | null)[] {
  return fields.map((field, at) => cellText(row.f?.[at], field));
}

function scalarText(value: string, { type }: Field): string {
  switch (typeName(type)) {
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return minimal(value);
    case 'TIMESTAMP':
      return instantText(BigInt(value));
    default:
      return value;
  }
}

function listJson(value: unknown, field: Field): string {
  const items = Array.isArray(value) ? (value as readonly Cell[]) : [];
  return `[${items.map((item) => elementJson(item.v, field)).join(',')}]`;
}

function recordJson(value: unknown, { fields = [] }: Field): string {
  const cells = (value as RawRow).f ?? [];
  const parts = fields.map((field, at) => {
    const inner = cells[at]?.v ?? null;
    const json = isList(field) ? listJson(inner, field) : elementJson(inner, field);
    return `${JSON.stringify(field.name)}:${json}`;
  });
  return `{${parts.join(',')}}`;
}

const BARE: ReadonlySet<string> = new Set(['INTEGER', 'NUMERIC', 'BIGNUMERIC', 'FLOAT', 'BOOLEAN', 'JSON']);

function elementJson(value: unknown, field: Field): string {
  if (value === null || value === undefined) return 'null';
  if (typeName(field.type) === 'RECORD') return recordJson(value, field);
  const text = scalarText(value as string, field);
  // NaN and the infinities of a FLOAT64 are no JSON
  const isBare = BARE.has(typeName(field.type)) && !/^-?(NaN|inf)/i.test(text);
  return isBare ? text : JSON.stringify(text);
}
