import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import type { Erasure, Lookup, Tombstone } from '../erasure.ts';
import { tombstoneOf } from '../tombstones.ts';
import type { Session, TextRows } from './client.ts';
import type { LiveTable } from './columns.ts';
import { countErased, createErased, eraseColumns, lookUp, planErasure, type ErasePlan } from './erase-sql.ts';
import { readLiveTables } from './live.ts';
import { replaceRows } from './replace.ts';
import { columnList, kept } from './sql.ts';

/** Takes a person's values out, table by table, each in a transaction; answers the rows touched, of tables that are there. */
export async function eraseValues(session: Session, erasure: Erasure): Promise<ReadonlyMap<string, number>> {
  const live = await readLiveTables(
    session,
    erasure.tables.map(({ table }) => table),
  );
  const touched = new Map<string, number>();
  for (const wanted of erasure.tables) {
    const table = live.get(wanted.table.toLowerCase());
    const plan = table === undefined ? null : planErasure(table, wanted);
    if (plan === null) continue;
    const rows = erasure.dryRun ? await count(session, plan) : await write(session, plan, erasure);
    touched.set(wanted.table, rows);
  }
  return touched;
}

async function count(session: Session, plan: ErasePlan): Promise<number> {
  const { rows } = await session.read(countErased(plan));
  return Number(rows[0]?.[0] ?? 0);
}

function write(session: Session, plan: ErasePlan, { at, runId }: Erasure): Promise<number> {
  const { live, changes } = plan;
  const stamp = { at, run: runId };
  const replacement = {
    table: live.name,
    key: live.primaryKey,
    columns: live.columns.map(({ name }) => name),
    next: 'next_of_erasure',
  };
  return session.transaction(() =>
    changes.some(({ isList }) => isList) && live.primaryKey.length > 0
      ? replaceRows(session, replacement, createErased(plan, replacement, stamp))
      : session.run(eraseColumns(plan, stamp)),
  );
}

/** Answers look-ups, in their order; a table or column that is not there has no values. */
export async function lookUpValues(
  session: Session,
  lookups: readonly Lookup[],
): Promise<readonly TextRows['rows'][]> {
  const live = await readLiveTables(session, [...new Set(lookups.map(({ table }) => table))]);
  const answers: TextRows['rows'][] = [];
  for (const lookup of lookups) {
    const table: LiveTable | undefined = live.get(lookup.table.toLowerCase());
    const statement = table === undefined ? null : lookUp(table, lookup);
    answers.push(statement === null ? [] : (await session.read(statement)).rows);
  }
  return answers;
}

/** All tombstones; none where there is no such table yet. */
export async function readErasures(session: Session): Promise<readonly Tombstone[]> {
  const { name } = HOUSEKEEPING.erasures;
  if (!(await readLiveTables(session, [name])).has(name)) return [];
  const columns = ['kind', 'record_id', 'digests'];
  const { rows } = await session.read({ sql: `SELECT ${columnList(columns)} FROM ${kept(name)}` });
  return rows.map(tombstoneOf);
}
