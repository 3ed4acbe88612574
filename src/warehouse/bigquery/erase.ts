import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { patternsOf, type Erasure, type Lookup, type Tombstone } from '../erasure.ts';
import type { Table, TableColumn } from '../table.ts';
import { tombstoneOf } from '../tombstones.ts';
import { loadRows } from './append.ts';
import { countErased, eraseRows, lookUp, planErasure, type ErasePlace } from './erase-sql.ts';
import { inOrder, listRows, readLiveTable } from './live.ts';
import type { Place } from './place.ts';
import { runQuery } from './reads.ts';
import type { TableRef } from './sql.ts';

const column = (name: string, type: TableColumn['type']): TableColumn => ({
  name,
  type,
  mode: 'NULLABLE',
  description: '',
});

const PATTERNS: Table = {
  name: 'patterns',
  kind: 'housekeeping',
  description: '',
  columns: [column('id', 'INT64'), column('pattern', 'STRING')],
  primaryKey: [],
};

/** Takes a person's values out, table by table, each in one statement; answers the rows touched, of tables that are there. */
export async function eraseValues(erasure: Erasure, place: Place): Promise<ReadonlyMap<string, number>> {
  const order = [...new Set(erasure.tables.flatMap(patternsOf))];
  const patterns = order.length === 0 ? null : await stagePatterns(order, place);
  const touched = new Map<string, number>();
  try {
    for (const wanted of erasure.tables) {
      const at: ErasePlace = { table: place.table(wanted.table), patterns, order };
      const live = await readLiveTable(place.jobs.client, at.table, place.signal);
      const plan = live === null ? null : planErasure(live, wanted, at);
      if (plan === null) continue;
      const { rows } = await runQuery(countErased(plan, at), null, place);
      const count = Number(rows[0]?.[0] ?? 0);
      touched.set(wanted.table, count);
      if (count === 0 || erasure.dryRun) continue;
      const statement = eraseRows(plan, at, { at: erasure.at, run: erasure.runId });
      await place.jobs.query({ kind: 'commit', stream: null, statement, isAbortable: false });
    }
  } finally {
    if (patterns !== null) await place.drop(patterns);
  }
  return touched;
}

async function stagePatterns(order: readonly string[], place: Place): Promise<TableRef> {
  const into = place.staged('names', order.length);
  const rows = order.map((pattern, id) => ({ id, pattern }));
  await loadRows(rows, { table: PATTERNS, into, disposition: 'replace', stream: null }, place);
  await place.letExpire(into);
  return into;
}

/** Answers look-ups, in their order; a table or column that is not there has no values. */
export async function lookUpValues(
  lookups: readonly Lookup[],
  place: Place,
): Promise<readonly (readonly (readonly (string | null)[])[])[]> {
  const answers: (readonly (readonly (string | null)[])[])[] = [];
  for (const lookup of lookups) {
    const ref = place.table(lookup.table);
    const live = await readLiveTable(place.jobs.client, ref, place.signal);
    const statement = live === null ? null : lookUp(live, lookup, ref);
    answers.push(statement === null ? [] : (await runQuery(statement, null, place)).rows);
  }
  return answers;
}

/** All tombstones; none where there is no such table yet. Bills nothing. */
export async function readErasures(place: Place): Promise<readonly Tombstone[]> {
  const ref = place.table(HOUSEKEEPING.erasures.name);
  const { client } = place.jobs;
  const live = await readLiveTable(client, ref, place.signal);
  if (live === null) return [];
  const columns = ['kind', 'record_id', 'digests'];
  const tombstones: Tombstone[] = [];
  for await (const row of listRows(client, ref, inOrder(live, columns), place.signal)) {
    tombstones.push(tombstoneOf(columns.map((name) => row.get(name) ?? null)));
  }
  return tombstones;
}
