/** The record of a reject, as JSON text. Pure. */

/**
 * The record without columns (`telephone`, or `line_items.description` of every element); null where it has none of
 * them. Numbers keep every digit that they were written with.
 */
export function withoutColumns(record: string, columns: readonly string[]): string | null {
  const value: unknown = JSON.parse(record, keepDigits);
  if (!isRecord(value)) return null;
  let isChanged = false;
  const drop = (from: Record<string, unknown>, name: string): void => {
    if (!Object.hasOwn(from, name)) return;
    delete from[name];
    isChanged = true;
  };
  for (const column of columns) {
    const [name = '', field] = column.split('.');
    const list = value[name];
    if (field === undefined) drop(value, name);
    else if (Array.isArray(list)) for (const element of list.filter(isRecord)) drop(element, field);
  }
  return isChanged ? JSON.stringify(value) : null;
}

/** Reviver with source text access (ECMAScript 2025; Node 22 and newer). */
function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(source);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
