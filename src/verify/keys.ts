/** What has to be true of the tables alone: keys stand once, and what a row points at is there. */
import { POINTERS } from '../catalog/pointers.ts';
import type { ChosenStream } from '../sync/context.ts';
import type { Found } from '../warehouse/checks.ts';
import { isRejected } from './rejected.ts';
import { complete, hasPlain, liveRowsOf, type Scope } from './scope.ts';

/** Rows that are named of each kind of fault in a table. */
const NAMED = 20;

/** Rows that are looked at where some of them may point at a record that was rejected. */
const LOOKED_AT = 10_000;

/** Looks for keys that stand more than once. */
export async function compareKeys(scope: Scope): Promise<void> {
  const { checks } = scope.context.warehouse;
  const streams = [...scope.streams.values()];
  const answers = await askAll(streams, scope, ({ stream, table }) =>
    checks.readDuplicates(
      { table: table.name, key: table.primaryKey, deletes: 'remove' },
      NAMED,
      stream.name,
    ),
  );
  for (const [at, { count, rows }] of answers.entries()) {
    const table = streams[at]?.stream.name ?? '';
    for (const row of rows) {
      const key = row.slice(0, -1).join('|');
      scope.findings.add({ kind: 'duplicate', table, key, ours: row.at(-1) ?? null, harvest: '1' });
    }
    scope.findings.more('differs', table, count - rows.length);
  }
}

/** Looks for rows that point at one that is not there; only of lists, since months of reports outlive what they name. */
export async function compareReferences(scope: Scope): Promise<void> {
  if (!scope.context.account.isAdministrator) {
    return scope.findings.leaveOut('all', 'what rows point at: this token may not see all of it');
  }
  const { checks } = scope.context.warehouse;
  const pointers = [...scope.streams.values()].flatMap((chosen) =>
    pointersOf(chosen).flatMap(([column, target]) => {
      const at = complete(target, scope);
      return at === null ? [] : [{ chosen, column, at }];
    }),
  );
  const answers = await askAll(pointers, scope, ({ chosen, column, at }) => {
    const question = { of: liveRowsOf(chosen, scope), column, at: liveRowsOf(at, scope) };
    const { rejected } = scope.context.states.listNotes(at.stream.name);
    return checks.readOrphans(question, rejected === undefined ? NAMED : LOOKED_AT, chosen.stream.name);
  });
  for (const [nth, { count, rows }] of answers.entries()) {
    const table = pointers[nth]?.chosen.stream.name ?? '';
    const column = pointers[nth]?.column ?? null;
    const target = pointers[nth]?.at.stream.name ?? '';
    // a record that breaks its schema is there, but has no row
    const counted = rows.filter((row) => !isRejected(target, row.at(-1) ?? null, scope.context));
    const isSome = counted.length < rows.length;
    if (isSome)
      scope.findings.leaveOut(table, `${column ?? ''} of ${target} that break their schema (_rejects)`);
    for (const row of counted) {
      const key = row.slice(0, -1).join('|');
      scope.findings.add({ kind: 'orphan', table, key, column, ours: row.at(-1) ?? null });
    }
    // what is beyond those that were looked at may be of such a record too
    if (!isSome) scope.findings.more('differs', table, count - rows.length);
  }
}

/** Asks the warehouse as many questions at once as it likes; the answers in order. */
async function askAll<Of>(
  items: readonly Of[],
  { context, findings }: Scope,
  ask: (item: Of) => Promise<Found>,
): Promise<readonly Found[]> {
  findings.compared(items.length);
  return Promise.all(items.map((item) => context.loading.add(() => ask(item))));
}

/** A child's parent; and the references of lists that Harvest deletes together with what they point at, or not at all. */
function pointersOf(chosen: ChosenStream): readonly (readonly [string, string])[] {
  const { stream } = chosen;
  if (stream.parent !== undefined) return [[stream.parent.column, stream.parent.stream]];
  // an entry stays when the invoice that billed it is deleted, and a budget is a report
  if (stream.sync === 'report' || stream.limit_class === 'reports') return [];
  const optional = new Set(['invoice_id', 'estimate_id']);
  return [...POINTERS].filter(([column]) => !optional.has(column) && hasPlain(chosen, column));
}
