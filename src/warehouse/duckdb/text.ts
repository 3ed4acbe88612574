/**
 * Values of DuckDB as text. Enters: what the library hands over. Leaves: text that says the same on every
 * machine, no digit lost: decimals without trailing zeros, instants as ISO with Z, lists and records as JSON.
 */
import {
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { instantText, minimal } from '../value-text.ts';

/** A value as text; NULL is null. `1.500000000` → `1.5`, `[1, NULL]` → `[1,null]`. */
export function valueText(value: DuckDBValue): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (isNested(value)) return json(value);
  return scalarText(value);
}

type Nested = DuckDBListValue | DuckDBArrayValue | DuckDBStructValue | DuckDBMapValue;

function isNested(value: DuckDBValue): value is Nested {
  return (
    value instanceof DuckDBListValue ||
    value instanceof DuckDBArrayValue ||
    value instanceof DuckDBStructValue ||
    value instanceof DuckDBMapValue
  );
}

function scalarText(value: DuckDBValue): string {
  if (value instanceof DuckDBDecimalValue) return minimal(value.toString());
  if (value instanceof DuckDBTimestampTZValue) return instantText(value.micros);
  if (value instanceof DuckDBTimestampValue) return instantText(value.micros).slice(0, -1);
  return String(value);
}

function json(value: DuckDBValue): string {
  if (value === null) return 'null';
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return `[${value.items.map(json).join(',')}]`;
  }
  if (value instanceof DuckDBStructValue) {
    const fields = Object.entries(value.entries).map(
      ([name, field]) => `${JSON.stringify(name)}:${json(field)}`,
    );
    return `{${fields.join(',')}}`;
  }
  if (value instanceof DuckDBMapValue) {
    const fields = value.entries.map(
      (entry) => `${JSON.stringify(valueText(entry.key))}:${json(entry.value)}`,
    );
    return `{${fields.join(',')}}`;
  }
  return isBare(value) ? scalarText(value) : JSON.stringify(scalarText(value));
}

function isBare(value: DuckDBValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'bigint' || typeof value === 'boolean' || value instanceof DuckDBDecimalValue;
}
