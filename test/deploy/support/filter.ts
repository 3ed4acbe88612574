/** Judges a line by a filter of Cloud Logging, as far as our documentation uses its language. */

/** A log entry: `jsonPayload` is our line, `labels` and `resource` come from Cloud Run. */
export type Entry = Readonly<Record<string, unknown>>;

/** Comparisons of `a.b="text"` and `!=`, `AND`, `OR` and parentheses; AND does not bind closer than OR, so mixing needs them. */
export function matches(filter: string, entry: Entry): boolean {
  const tokens = filter.match(/\(|\)|\bAND\b|\bOR\b|[\w.]+!?="[^"]*"/g) ?? [];
  const rest = filter.replaceAll(/\(|\)|\bAND\b|\bOR\b|[\w.]+!?="[^"]*"|\s/g, '');
  if (rest !== '') throw new Error(`not understood: ${rest}`);
  const queue = [...tokens];
  const result = group(queue, entry);
  if (queue.length > 0) throw new Error(`left over: ${queue.join(' ')}`);
  return result;
}

function group(queue: string[], entry: Entry): boolean {
  let result = term(queue, entry);
  let kind: string | null = null;
  while (queue[0] === 'AND' || queue[0] === 'OR') {
    const operator = queue.shift() as string;
    if (kind !== null && kind !== operator) throw new Error('AND and OR are mixed without parentheses');
    kind = operator;
    const next = term(queue, entry);
    result = operator === 'AND' ? result && next : result || next;
  }
  return result;
}

function term(queue: string[], entry: Entry): boolean {
  const token = queue.shift() ?? '';
  if (token === '(') {
    const result = group(queue, entry);
    if (queue.shift() !== ')') throw new Error('a parenthesis is not closed');
    return result;
  }
  const [, path = '', sign = '', value = ''] = /^([\w.]+?)(!?=)"([^"]*)"$/.exec(token) ?? [];
  const found = path.split('.').reduce<unknown>((at, key) => (at as Entry | undefined)?.[key], entry);
  // a field that is not there differs from nothing: it matches neither sign
  if (found === undefined) return false;
  return sign === '=' ? String(found) === value : String(found) !== value;
}
