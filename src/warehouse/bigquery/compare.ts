/** Compares staged rows with their table by one query, and reads from its result, for nothing, what would change. */
import { findColumn } from '../own-columns.ts';
import type { TableLoad, Transition } from '../warehouse.ts';
import type { Field } from './columns.ts';
import { Extent } from './extent.ts';
import { scopeSql } from './gone-sql.ts';
import { listRows } from './live.ts';
import { compare } from './compare-sql.ts';
import {
  changeColumns,
  GONE,
  INSERT,
  MISSING,
  MOVED,
  UPDATE,
  type UPSERT,
  type Bounds,
  type LoadShape,
} from './load-sql.ts';
import type { Place } from './place.ts';
import type { TableRef } from './sql.ts';
import type { StagedFile } from './staged-file.ts';
import { Transitions } from './transitions.ts';

/** A load and what was uploaded for it. */
export interface Staged {
  readonly load: TableLoad;
  readonly shape: LoadShape;
  readonly file: StagedFile;
}

/** What a comparison with the table has found. */
export interface Comparison {
  /** Where the changed rows stand, and what their `_change` is if they are new. */
  readonly from: TableRef;
  readonly insertedAs: typeof INSERT | typeof UPSERT;
  readonly inserted: number;
  readonly updated: number;
  readonly goneByScope: number;
  readonly goneByRemoval: number;
  /** Keys of rows that are missing, where the load only wants to be told. */
  readonly missing: readonly (readonly string[])[];
  /** Extent of the changed keys. */
  readonly bounds: Bounds;
  readonly transitions: readonly Transition[];
  /** How often the table had been written when the comparison was made. */
  readonly generation: number;
}

/** Compares staged rows with their table, as it is now. */
export async function compareStaged(
  { load, shape, file }: Staged,
  generation: number,
  place: Place,
): Promise<Comparison> {
  const into = { ...shape.staged, table: `${shape.staged.table}__changes_${generation}` };
  const statement = compare(shape, scopeSql(load.scope, shape.columns), file.bounds);
  await place.jobs.query({ kind: 'compare', stream: load.stream, statement, into, isAbortable: true });
  await place.letExpire(into);
  return { ...(await readChanges(shape, into, place)), from: into, insertedAs: INSERT, generation };
}

/** A comparison that has found nothing. */
export function nothingNew(shape: LoadShape, generation: number): Comparison {
  return {
    from: shape.staged,
    insertedAs: INSERT,
    inserted: 0,
    updated: 0,
    goneByScope: 0,
    goneByRemoval: 0,
    missing: [],
    bounds: null,
    transitions: [],
    generation,
  };
}

async function readChanges(
  shape: LoadShape,
  from: TableRef,
  place: Place,
): Promise<Omit<Comparison, 'from' | 'insertedAs' | 'generation'>> {
  const fields = changeFields(shape).filter(({ name }) => isRead(name, shape));
  const counts = new Map<string, number>();
  const extent = new Extent(shape.key[0] ?? '', shape.columns);
  const seen = new Transitions();
  const missing: (readonly string[])[] = [];
  for await (const row of listRows(place.jobs.client, from, fields, place.signal)) {
    const change = row.get('_change') ?? '';
    if (change === MISSING) {
      missing.push(shape.key.map((name) => row.get(name) ?? ''));
      continue;
    }
    counts.set(change, (counts.get(change) ?? 0) + 1);
    extent.see(Object.fromEntries(row));
    if (shape.watch.length === 0) continue;
    const before =
      change === INSERT ? null : shape.watch.map((_name, index) => row.get(`_before_${index}`) ?? null);
    const after =
      change === GONE || change === MOVED ? null : shape.watch.map((name) => row.get(name) ?? null);
    const latest = row.get('_newest') ?? null;
    seen.see({ before, after, latest });
  }
  const count = (change: string): number => counts.get(change) ?? 0;
  return {
    inserted: count(INSERT),
    updated: count(UPDATE),
    goneByScope: count(GONE),
    goneByRemoval: count(MOVED),
    missing,
    bounds: extent.bounds,
    transitions: seen.all,
  };
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

function isRead(name: string, { watch, key, missing }: LoadShape): boolean {
  if (name === '_change' || name === key[0]) return true;
  if (missing === 'tell' && key.includes(name)) return true;
  return watch.length > 0 && (watch.includes(name) || name === '_newest' || name.startsWith('_before_'));
}
