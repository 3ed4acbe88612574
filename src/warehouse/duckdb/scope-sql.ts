/** Which rows of a table a load stands for. Pure. */
import type { Scope } from '../warehouse.ts';
import { isDate } from '../value-text.ts';
import { jsonValue, quote, textAs, textItems } from './sql.ts';

/** A scope that can lack rows. */
export type HoldingScope = Exclude<Scope, { kind: 'merge' }>;

/** Conditions on `target`, and the values that they name. */
export interface ScopeSql {
  readonly conditions: readonly string[];
  readonly values: Record<string, string | null>;
}

/** The rows of a scope; `type` is that of its column. Texts that are no values of it hold no row. */
export function scopeSql(scope: HoldingScope, type: string): ScopeSql {
  if (scope.kind === 'all') return { conditions: [], values: {} };
  const column = `target.${quote(scope.column)}`;
  if (scope.kind === 'where') {
    return {
      conditions: [`${column} IN (SELECT ${textAs('"item"', type)} FROM (${textItems('values')}))`],
      values: { values: jsonValue(scope.values) },
    };
  }
  const bounds = (['from', 'to'] as const).flatMap((name) => {
    const text = scope[name];
    return text === null ? [] : [{ name, text }];
  });
  const parts = scope.undated ? [`${column} IS NULL`] : [];
  if (bounds.length === 0) parts.push(`${column} IS NOT NULL`);
  // a bound that is no date holds no row
  const isHeld = bounds.length > 0 && bounds.every(({ text }) => isDate(text));
  if (isHeld) {
    parts.push(`(${bounds.map(({ name }) => `${column} ${SIGNS[name]} $${name}::DATE`).join(' AND ')})`);
  }
  return {
    conditions: [parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`],
    values: isHeld ? Object.fromEntries(bounds.map(({ name, text }) => [name, text])) : {},
  };
}

const SIGNS = { from: '>=', to: '<=' } as const;
