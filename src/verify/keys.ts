/** What has to be true of the tables alone: keys stand once, and what a row points at is there. */
import type { ChosenStream } from '../sync/context.ts';
import { complete, hasPlain, liveRowsOf, type Scope } from './scope.ts';

/** Rows that are named of each kind of fault in a table. */
const NAMED = 20;

/** Columns that point, and the stream whose record they point at. */
const POINTERS: ReadonlyMap<string, string> = new Map([
  ['client_id', 'clients'],
  ['project_id', 'projects'],
  ['task_id', 'tasks'],
  ['user_id', 'users'],
  ['expense_category_id', 'expense_categories'],
  ['invoice_id', 'invoices'],
  ['estimate_id', 'estimates'],
]);

/** Looks for keys that stand more than once. */
export async function compareKeys(scope: Scope): Promise<void> {
  for (const { stream, table } of scope.streams.values()) {
    const of = { table: table.name, key: table.primaryKey, deletes: 'remove' } as const;
    const { count, rows } = await scope.context.warehouse.checks.readDuplicates(of, NAMED, stream.name);
    scope.findings.compared(1);
    for (const row of rows) {
      const key = row.slice(0, -1).join('|');
      scope.findings.add({
        kind: 'duplicate',
        table: stream.name,
        key,
        ours: row.at(-1) ?? null,
        harvest: '1',
      });
    }
    scope.findings.more('differs', count - rows.length);
  }
}

/** Looks for rows that point at one that is not there; only of lists, since months of reports outlive what they name. */
export async function compareReferences(scope: Scope): Promise<void> {
  for (const chosen of scope.streams.values()) {
    if (chosen.stream.sync === 'report') continue;
    for (const [column, target] of pointersOf(chosen)) {
      const at = complete(target, scope);
      if (at !== null) await comparePointer(chosen, column, at, scope);
    }
  }
}

/** A child's parent; and the references of lists that Harvest deletes together with what they point at, or not at all. */
function pointersOf(chosen: ChosenStream): readonly (readonly [string, string])[] {
  const { stream } = chosen;
  if (stream.parent !== undefined) return [[stream.parent.column, stream.parent.stream]];
  // an entry stays when the invoice that billed it is deleted, and a budget is a report
  if (stream.limit_class === 'reports') return [];
  const optional = new Set(['invoice_id', 'estimate_id']);
  return [...POINTERS].filter(([column]) => !optional.has(column) && hasPlain(chosen, column));
}

async function comparePointer(
  chosen: ChosenStream,
  column: string,
  at: ChosenStream,
  scope: Scope,
): Promise<void> {
  const { stream } = chosen;
  const question = { of: liveRowsOf(chosen, scope), column, at: liveRowsOf(at, scope) };
  const { count, rows } = await scope.context.warehouse.checks.readOrphans(question, NAMED, stream.name);
  scope.findings.compared(1);
  for (const row of rows) {
    const key = row.slice(0, -1).join('|');
    scope.findings.add({ kind: 'orphan', table: stream.name, key, column, ours: row.at(-1) ?? null });
  }
  scope.findings.more('differs', count - rows.length);
}
