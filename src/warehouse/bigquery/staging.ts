/**
 * From the files of a load to what it would change: upload → staging table → one query that compares → a table of
 * changes, read back for nothing. Where the table is empty, nothing has to be compared: everything staged is new.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorError } from '../../errors.ts';
import { findColumn } from '../own-columns.ts';
import type { LoadResult, TableLoad, Transition } from '../warehouse.ts';
import { isList, stagingField, type Field, type LiveTable } from './columns.ts';
import { Extent } from './extent.ts';
import { scopeSql } from './gone-sql.ts';
import { listRows, readLiveTable } from './live.ts';
import {
  changeColumns,
  compare,
  GONE,
  INSERT,
  MOVED,
  UPDATE,
  UPSERT,
  type Bounds,
  type LoadShape,
} from './load-sql.ts';
import { label } from './orders.ts';
import type { Place } from './place.ts';
import type { TableRef } from './sql.ts';
import { writeStagedFile, type StagedFile } from './staged-file.ts';

/** What a comparison with the table has found. */
export interface Comparison {
  /** Where the changed rows stand, and what their `_change` is if they are new. */
  readonly from: TableRef;
  readonly insertedAs: typeof INSERT | typeof UPSERT;
  readonly inserted: number;
  readonly updated: number;
  readonly goneByScope: number;
  readonly goneByRemoval: number;
  /** Extent of the changed keys. */
  readonly bounds: Bounds;
  readonly transitions: readonly Transition[];
  /** How often the table had been written when the comparison was made. */
  readonly generation: number;
}

/** A load whose rows are staged. */
export interface StagedLoad {
  readonly load: TableLoad;
  readonly shape: LoadShape;
  readonly file: StagedFile;
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
    const staged = place.staging(
      `${label(place.connector)}__${load.table.name}__${place.nameOf([load.table.name, file.digest, load.scope])}`,
    );
    const shape = shapeOf(load, live, place.table(load.table.name), staged);
    const isEmpty = live.rows === 0 && generation === 0 && (await isStillEmpty(load, place));
    const scope = scopeSql(load.scope, live.fields);
    // what an empty table has nothing of is staged all the same: another load may fill it before this one is committed
    const hasNothing = file.upserts + file.marks === 0 && scope === null;
    if (hasNothing) return { load, shape, file, comparison: nothingNew(shape, generation), tables: [] };
    await place.jobs.load({
      kind: 'load',
      stream: load.stream,
      table: staged,
      fields: [...shape.columns.map(stagingField), { name: '_change', type: 'STRING', mode: 'NULLABLE' }],
      file,
      digest: file.digest,
      disposition: 'replace',
    });
    await place.letExpire(staged);
    const fresh: Comparison = {
      ...nothingNew(shape, generation),
      insertedAs: UPSERT,
      inserted: file.upserts,
      bounds: file.bounds,
      transitions: file.transitions,
    };
    if (isEmpty) return { load, shape, file, comparison: fresh, tables: [staged] };
    const compared = await compareStaged({ load, shape, file }, generation, place);
    return { load, shape, file, comparison: compared, tables: [staged, compared.from] };
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * Whether a table that was empty still is. Asked after the checkpoints were read: whatever is committed later, by a job
 * of a run that was killed, moves a checkpoint, and this load's commit is refused.
 */
async function isStillEmpty(load: TableLoad, place: Place): Promise<boolean> {
  const ref = place.table(load.table.name);
  return (await readLiveTable(place.jobs.client, ref, place.signal))?.rows === 0;
}

/** Compares staged rows with their table, as it is now. */
export async function compareStaged(
  { load, shape, file }: Pick<StagedLoad, 'load' | 'shape' | 'file'>,
  generation: number,
  place: Place,
): Promise<Comparison> {
  const into = { ...shape.staged, table: `${shape.staged.table}__changes_${generation}` };
  const statement = compare(shape, scopeSql(load.scope, shape.columns), file.bounds);
  await place.jobs.query({ kind: 'compare', stream: load.stream, statement, into, isAbortable: true });
  await place.letExpire(into);
  return { ...(await readChanges(shape, into, place)), from: into, insertedAs: INSERT, generation };
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

async function readChanges(
  shape: LoadShape,
  from: TableRef,
  place: Place,
): Promise<
  Pick<Comparison, 'inserted' | 'updated' | 'goneByScope' | 'goneByRemoval' | 'bounds' | 'transitions'>
> {
  const fields = changeFields(shape).filter(({ name }) => isRead(name, shape));
  const counts = new Map<string, number>();
  const extent = new Extent(shape.key[0] ?? '', shape.columns);
  const seen = new Map<string, Transition>();
  for await (const row of listRows(place.jobs.client, from, fields, place.signal)) {
    const change = row.get('_change') ?? '';
    counts.set(change, (counts.get(change) ?? 0) + 1);
    extent.see(Object.fromEntries(row));
    const isKept = change === GONE && shape.deletes === 'keep';
    if (shape.watch.length === 0 || isKept) continue;
    const before =
      change === INSERT ? null : shape.watch.map((_name, index) => row.get(`_before_${index}`) ?? null);
    const after =
      change === GONE || change === MOVED ? null : shape.watch.map((name) => row.get(name) ?? null);
    const latest = row.get('_newest') ?? null;
    keepLatest(seen, { before, after, latest });
  }
  const count = (change: string): number => counts.get(change) ?? 0;
  return {
    inserted: count(INSERT),
    updated: count(UPDATE),
    goneByScope: count(GONE),
    goneByRemoval: count(MOVED),
    bounds: extent.bounds,
    transitions: [...seen.values()],
  };
}

function keepLatest(seen: Map<string, Transition>, transition: Transition): void {
  const id = JSON.stringify([transition.before, transition.after]);
  const known = seen.get(id)?.latest ?? null;
  const { latest } = transition;
  const isNewer = known === null || (latest !== null && Date.parse(latest) > Date.parse(known));
  seen.set(id, { ...transition, latest: isNewer ? latest : known });
}

/** The fields of the table of changes, in their order. */
function changeFields(shape: LoadShape): readonly Field[] {
  const typeOf = (name: string): Field => {
    const found = findColumn(shape.columns, name);
    if (found !== undefined) return { ...found, name };
    if (name === '_change') return { name, type: 'STRING' };
    const watched = /^_before_(\d+)$/.exec(name)?.[1];
    if (watched === undefined) return { name, type: 'TIMESTAMP' };
    return { ...(findColumn(shape.columns, shape.watch[Number(watched)] ?? '') ?? { type: 'STRING' }), name };
  };
  return changeColumns(shape).map(typeOf);
}

function isRead(name: string, { watch, key }: LoadShape): boolean {
  if (name === '_change' || name === key[0]) return true;
  return watch.length > 0 && (watch.includes(name) || name === '_newest' || name.startsWith('_before_'));
}

function nothingNew(shape: LoadShape, generation: number): Comparison {
  return {
    from: shape.staged,
    insertedAs: INSERT,
    inserted: 0,
    updated: 0,
    goneByScope: 0,
    goneByRemoval: 0,
    bounds: null,
    transitions: [],
    generation,
  };
}

function shapeOf(load: TableLoad, live: LiveTable, table: TableRef, staged: TableRef): LoadShape {
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
    table,
    staged,
    key: load.table.primaryKey,
    columns,
    partial,
    newestBy: load.table.newestBy ?? null,
    hasMark: findColumn(live.fields, '_deleted_at') !== undefined,
    deletes: load.deletes,
    watch: load.watch,
  };
}
