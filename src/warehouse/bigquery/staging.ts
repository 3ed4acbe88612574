/**
 * From the files of a load to what it would change: upload → staging table → one query that compares → a table of
 * changes, read back for nothing. Where the table is empty, nothing has to be compared: everything staged is new.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import { findColumn } from '../own-columns.ts';
import type { LoadResult, TableLoad } from '../warehouse.ts';
import { isList, stagingField, type Field, type LiveTable } from './columns.ts';
import { scopeSql } from './gone-sql.ts';
import { readLiveTable } from './live.ts';
import { UPSERT, type LoadShape } from './load-sql.ts';
import { compareStaged, nothingNew, type Comparison, type Staged } from './compare.ts';
import type { Place } from './place.ts';
import type { TableRef } from './sql.ts';
import { writeStagedFile } from './staged-file.ts';

/** A load whose rows are staged. */
export interface StagedLoad extends Staged {
  readonly comparison: Comparison;
  /** Tables to be dropped afterwards. */
  readonly tables: readonly TableRef[];
}

/** A table as it was last seen, and how often this session has written to it since. */
export interface Target {
  readonly live: LiveTable;
  readonly generation: number;
}

/** Stages a load and compares it with its table. */
export async function stageLoad(
  load: TableLoad,
  { live, generation }: Target,
  place: Place,
): Promise<StagedLoad> {
  const path = join(place.spools.path, `staged-${randomUUID()}.ndjson`);
  try {
    const file = await writeStagedFile(load, live.fields, path);
    const staged = place.staged(load.table.name, [load.table.name, file.digest, load.scope]);
    const shape = shapeOf(load, live, staged, place);
    const isEmpty = live.rows === 0 && generation === 0 && (await isStillEmpty(load, place));
    const scope = scopeSql(load.scope, live.fields);
    // what an empty table has nothing of is staged all the same: another load may fill it before this one is committed
    const hasNothing = file.upserts + file.marks === 0 && scope === null;
    if (hasNothing) return { load, shape, file, comparison: nothingNew(shape, generation), tables: [] };
    try {
      const comparison = await uploadAndCompare({ load, shape, file }, isEmpty, generation, place);
      const tables = [staged, ...(comparison.from === staged ? [] : [comparison.from])];
      return { load, shape, file, comparison, tables };
    } catch (error) {
      await place.drop(staged);
      throw error;
    }
  } finally {
    await rm(path, { force: true });
  }
}

/** Loads the file into its staging table; compares it unless everything in it is new. */
async function uploadAndCompare(
  staged: Staged,
  isEmpty: boolean,
  generation: number,
  place: Place,
): Promise<Comparison> {
  const { load, shape, file } = staged;
  await place.jobs.load({
    kind: 'load',
    stream: load.stream,
    table: shape.staged,
    fields: [...shape.columns.map(stagingField), { name: '_change', type: 'STRING', mode: 'NULLABLE' }],
    file,
    digest: file.digest,
    disposition: 'replace',
  });
  await place.letExpire(shape.staged);
  if (!isEmpty) return compareStaged(staged, generation, place);
  return {
    ...nothingNew(shape, generation),
    insertedAs: UPSERT,
    inserted: file.upserts,
    bounds: file.bounds,
    transitions: file.transitions,
  };
}

/**
 * Whether a table that was empty still is. Asked after the checkpoints were read: whatever is committed later, by a job
 * of a run that was killed, moves a checkpoint, and this load's commit is refused.
 */
async function isStillEmpty(load: TableLoad, place: Place): Promise<boolean> {
  const ref = place.table(load.table.name);
  return (await readLiveTable(place.jobs.client, ref, place.signal))?.rows === 0;
}

/** What a load does to its table. */
export function resultOf({ load, file, comparison }: StagedLoad): LoadResult {
  const { inserted, updated, goneByScope, goneByRemoval } = comparison;
  return {
    table: load.table.name,
    inserted,
    updated,
    unchanged: file.upserts - inserted - updated,
    duplicates: file.duplicates,
    deleted: goneByRemoval + (load.deletes === 'keep' ? 0 : goneByScope),
  };
}

/** Drops what was staged. What cannot be dropped expires. */
export async function dropStaged({ tables }: StagedLoad, place: Place): Promise<void> {
  for (const table of tables) await place.drop(table);
}

function shapeOf(load: TableLoad, live: LiveTable, staged: TableRef, place: Place): LoadShape {
  const partial = new Map<string, readonly string[]>();
  const columns = load.table.columns.map((column): Field => {
    const found = findColumn(live.fields, column.name);
    if (found === undefined)
      throw new ConnectorError('INTERNAL', `${live.name}.${column.name} was not ensured`);
    const filled = column.fields?.map(({ name }) => name);
    const hasOthers = found.fields?.some(({ name }) => findColumn(column.fields ?? [], name) === undefined);
    if (isList(found) && filled !== undefined && hasOthers === true) partial.set(column.name, filled);
    return { ...found, name: column.name };
  });
  return {
    table: place.table(load.table.name),
    staged,
    deletions: place.table(HOUSEKEEPING.deletions.name),
    key: load.table.primaryKey,
    columns,
    partial,
    newestBy: load.table.newestBy ?? null,
    hasMark: findColumn(live.fields, '_deleted_at') !== undefined,
    deletes: load.deletes,
    missing: load.missing,
    watch: load.watch,
  };
}
