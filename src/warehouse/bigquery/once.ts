import { stat } from 'node:fs/promises';
import { linesOf } from '../spool-lines.ts';
import type { Row, TableColumn } from '../table.ts';
import type { LoadResult, PreparedLoad, TableLoad } from '../warehouse.ts';
import { loadRows } from './append.ts';
import type { Place } from './place.ts';

/**
 * Appends rows that stand for a scope of which nothing is stored, by a load job: it bills nothing, and its id is made
 * from the name, so that it is carried out once whoever asks for it how often. Null: it was carried out by another run,
 * whose rows may differ; these then have to be compared. Memory holds the rows, so it is for snapshots, not for lists.
 */
export async function storeOnce(load: TableLoad, name: string, place: Place): Promise<LoadResult | null> {
  const stamp = { _synced_at: new Date().toISOString(), _run_id: place.jobs.defaults.session.runId };
  const meta = ['_synced_at', '_run_id'].map((own): TableColumn => ({
    name: own,
    type: 'STRING',
    mode: 'NULLABLE',
    description: '',
  }));
  const table = { ...load.table, columns: [...load.table.columns, ...meta] };
  const rows: Row[] = [];
  for (const file of load.files) {
    if ((await stat(file)).size === 0) continue;
    for await (const line of linesOf(file))
      if (line !== '') rows.push({ ...(JSON.parse(line) as Row), ...stamp });
  }
  const keys = new Set(rows.map((row) => JSON.stringify(load.table.primaryKey.map((key) => row[key]))));
  // two rows of one key need the comparison, which keeps one of them
  if (rows.length === 0 || keys.size < rows.length) return null;
  const into = place.table(load.table.name);
  const { isOld } = await loadRows(
    rows,
    { table, into, disposition: 'append', stream: load.stream, once: name },
    place,
  );
  if (isOld) return null;
  return {
    table: load.table.name,
    inserted: rows.length,
    updated: 0,
    unchanged: 0,
    duplicates: 0,
    deleted: 0,
  };
}

/** A load that was stored when it was prepared: there is nothing left to commit. */
export function alreadyStored(load: TableLoad, result: LoadResult, forget: () => void): PreparedLoad {
  const nothing = { transitions: [], missing: [], gone: 0, willWrite: false } as const;
  return { load, ...nothing, result, discard: () => Promise.resolve(forget()) };
}
