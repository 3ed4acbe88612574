import { stat } from 'node:fs/promises';
import { ConnectorError } from '../../errors.ts';
import type { PreparedLoad, TableLoad, Transition } from '../warehouse.ts';
import type { Session } from './client.ts';
import { COMPARED_AT_ONCE, rangesOf, readSequence } from './compare-ranges.ts';
import { liveSqlType, sqlType, type LiveTable } from './columns.ts';
import { findColumn } from '../own-columns.ts';
import { countGone, createGone, findGone, findKeys, readMissing, spareRows } from './gone-sql.ts';
import {
  BY_REMOVAL,
  BY_SCOPE,
  compareRows,
  countChanges,
  createStaged,
  dropDuplicates,
  fileTypeOf,
  readFiles,
  readTransitions,
  resetChanges,
  type LoadColumn,
  type LoadShape,
} from './load-sql.ts';
import { temporary } from './sql.ts';

/** What a comparison with the table has found. */
export interface Comparison {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Rows that lie in the scope and were not staged, and rows that an earlier look found to be gone. */
  readonly goneByScope: number;
  /** Rows that the load asks to remove. */
  readonly goneByRemoval: number;
}

/** A load in the connection's temporary tables. */
export interface StagedLoad {
  readonly load: TableLoad;
  readonly shape: LoadShape;
  readonly live: LiveTable;
  readonly duplicates: number;
  readonly comparison: Comparison;
  /** How often the table had been written when the comparison was made. */
  readonly generation: number;
}

/** Reads a load's files into temporary tables named after `id`, and compares them with the table. */
export async function stageLoad(
  session: Session,
  load: TableLoad,
  live: LiveTable,
  id: number,
  generation: number,
): Promise<StagedLoad> {
  const shape = shapeOf(load, live, id);
  await session.run(createStaged(shape));
  const files = await withContent(load.files);
  const rows = files.length > 0 ? await session.run(readFiles(shape, files)) : 0;
  const duplicates = files.length > 0 ? await session.run(dropDuplicates(shape)) : 0;
  if (hasGone(load)) await session.run(createGone(shape));
  const comparison = await compare(session, load, { shape, live, rows });
  return { load, shape, live, duplicates, comparison, generation };
}

/** Compares again, for a load whose table was written to since. Within a transaction that may still be rolled back. */
export async function compareAgain(
  session: Session,
  { load, shape, live, comparison }: StagedLoad,
): Promise<Comparison> {
  await session.run(resetChanges(shape));
  if (hasGone(load)) await session.run({ sql: `DELETE FROM ${temporary(shape.gone)}` });
  const rows = comparison.inserted + comparison.updated + comparison.unchanged;
  return compare(session, load, { shape, live, rows });
}

/** How the watched columns change; empty where none is watched. */
export async function transitionsOf(
  session: Session,
  { load, shape }: StagedLoad,
): Promise<readonly Transition[]> {
  const width = load.watch.length;
  if (width === 0) return [];
  const { rows } = await session.read(readTransitions(shape, load.watch, hasGone(load)));
  return rows.map((row) => ({
    before: row[0] === 'new' ? null : row.slice(1, 1 + width),
    after: row[0] === 'gone' ? null : row.slice(1 + width, 1 + 2 * width),
    latest: row[1 + 2 * width] ?? null,
  }));
}

/** Drops a load's temporary tables. */
export async function dropStaged(session: Session, { shape }: StagedLoad): Promise<void> {
  await session.run({ sql: `DROP TABLE IF EXISTS ${temporary(shape.staged)}` });
  await session.run({ sql: `DROP TABLE IF EXISTS ${temporary(shape.gone)}` });
}

/** Whether rows can go by this load. */
export function hasGone({ scope, missing, removals, gone }: TableLoad): boolean {
  return (scope.kind !== 'merge' && missing === 'go') || removals.length + gone.length > 0;
}

/** Keys of rows that the scope does not hold any more, for a load that only wants to be told. */
export async function missingOf(
  session: Session,
  { load, shape, live }: StagedLoad,
): Promise<readonly (readonly string[])[]> {
  const { scope, missing, spared } = load;
  if (scope.kind === 'merge' || missing === 'go') return [];
  const types = typesOf(load, shape, live);
  const { rows } = await session.read(readMissing(shape, scope, types, spared, hasGone(load)));
  return rows.map((key) => key.map((part) => part ?? ''));
}

/** A prepared load as the engine holds it. */
export function preparedOf(
  staged: StagedLoad,
  { transitions, missing }: Pick<PreparedLoad, 'transitions' | 'missing'>,
  discard: () => Promise<void>,
): PreparedLoad {
  const { load, comparison, duplicates } = staged;
  const { inserted, updated, unchanged, goneByScope, goneByRemoval } = comparison;
  const deleted = load.deletes === 'keep' ? goneByRemoval : goneByScope + goneByRemoval;
  const result = { table: load.table.name, inserted, updated, unchanged, duplicates, deleted };
  const willWrite = inserted + updated + goneByScope + goneByRemoval > 0;
  return { load, transitions, missing, gone: goneByScope, willWrite, result, discard };
}

async function compare(
  session: Session,
  load: TableLoad,
  { shape, live, rows }: Pick<StagedLoad, 'shape' | 'live'> & { readonly rows: number },
): Promise<Comparison> {
  await compareStaged(session, shape, rows);
  if (hasGone(load)) await findAllGone(session, load, shape, live);
  const [counts] = (await session.read(countChanges(shape))).rows;
  const [gone] = hasGone(load) ? (await session.read(countGone(shape))).rows : [];
  return {
    inserted: Number(counts?.[0]),
    updated: Number(counts?.[1]),
    unchanged: Number(counts?.[2]),
    goneByScope: Number(gone?.[0] ?? 0),
    goneByRemoval: Number(gone?.[1] ?? 0),
  };
}

/** Tells of every staged row what it changes; of a great many part by part. */
async function compareStaged(session: Session, shape: LoadShape, rows: number): Promise<void> {
  if (rows <= COMPARED_AT_ONCE) return void (await session.run(compareRows(shape)));
  const [[first, last] = []] = (await session.read(readSequence(shape))).rows;
  const all = { from: Number(first), to: Number(last) + 1 };
  for (const range of rangesOf(rows, all, COMPARED_AT_ONCE)) await session.run(compareRows(shape, range));
}

/** The first cause that is found for a row counts: one that the load asks to remove has moved, whatever the scope says. */
async function findAllGone(
  session: Session,
  load: TableLoad,
  shape: LoadShape,
  live: LiveTable,
): Promise<void> {
  const { scope, missing, removals, gone, spared } = load;
  const types = typesOf(load, shape, live);
  if (removals.length > 0) await session.run(findKeys(shape, types.key, removals, BY_REMOVAL));
  if (gone.length > 0) await session.run(findKeys(shape, types.key, gone, BY_SCOPE));
  if (scope.kind !== 'merge' && missing === 'go') await session.run(findGone(shape, scope, types.scope));
  if (spared.length > 0) await session.run(spareRows(shape, types.key, spared));
}

/** Types in the file: of the scope's column (empty where it has none) and of those of the key. */
function typesOf(
  { scope }: TableLoad,
  { key }: LoadShape,
  live: LiveTable,
): { readonly scope: string; readonly key: readonly string[] } {
  const typeOf = (name: string): string => {
    const column = findColumn(live.columns, name);
    if (column === undefined) throw new ConnectorError('INTERNAL', `${live.name} has no column ${name}`);
    return liveSqlType(column.type);
  };
  return { scope: 'column' in scope ? typeOf(scope.column) : '', key: key.map(typeOf) };
}

function shapeOf(load: TableLoad, live: LiveTable, id: number): LoadShape {
  const { table } = load;
  const columns = table.columns.map((column): LoadColumn => {
    const type = sqlType(column);
    const found = findColumn(live.columns, column.name);
    if (found === undefined)
      throw new ConnectorError('INTERNAL', `${table.name}.${column.name} was not ensured`);
    const fileType = fileTypeOf(type);
    return {
      name: column.name,
      type,
      liveType: liveSqlType(found.type),
      isList: column.mode === 'REPEATED',
      fileType,
    };
  });
  return {
    table: live.name,
    staged: `load_${id}`,
    gone: `gone_${id}`,
    key: table.primaryKey,
    columns,
    newestBy: table.newestBy ?? null,
    hasMark: findColumn(live.columns, '_deleted_at') !== undefined,
    deletes: load.deletes,
  };
}

async function withContent(files: readonly string[]): Promise<readonly string[]> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return files.filter((_file, at) => (sizes[at] ?? 0) > 0);
}
