/**
 * What a record's bytes are copied by: the properties of a stream, each with the bytes of its name and of what stands before its
 * value in a row. Pure. Compiled once for each stream, from the same tree that records are shaped by.
 */
import type { Column, ColumnType } from '../catalog/column.ts';
import { isStrict, propertyTree, type Level, type Property } from './properties.ts';

/** A property on its way from a record to a row. */
export interface CopyProperty {
  /** Its name as it stands in a record, with the quote after it. */
  readonly name: Uint8Array;
  /** `,"client_id":`, as it stands in a row; null: nothing of it is stored. */
  readonly before: Uint8Array | null;
  readonly type: ColumnType | null;
  /** Whether a record may be a reject in which it is null, since nothing in it may be. */
  readonly isStrict: boolean;
  /** Whether a record may be a reject in which it is missing. */
  readonly isRequired: boolean;
  readonly isKey: boolean;
  /** Whether it tells where the record belongs in time. */
  readonly isDated: boolean;
  readonly children: CopyLevel | null;
  /** The number of the record in which it was met last: twice in one is nothing to be copied. */
  metIn: number;
}

/** The properties of an object. */
export interface CopyLevel {
  readonly prefix: string;
  readonly byName: ReadonlyMap<string, CopyProperty>;
  /** In the order in which records had them so far: a guess at what comes next. */
  readonly order: (CopyProperty | undefined)[];
}

/** A stream's properties, and what holds for all of its rows. It belongs to one copier, which notes in it what it met. */
export interface CopyPlan {
  readonly root: CopyLevel;
  /** How many properties have to be there for a record to be copied. */
  readonly required: number;
  /** Bytes of a row beyond those of its record, at most. */
  readonly extraBytes: number;
}

/** The only quotes that a value gets on its way: a number that is stored as text. */
const QUOTES_BYTES = 2;

/**
 * The plan of a stream; null where its rows hold what its records do not (values of the request, hashes, elements of lists), or
 * where they have another key than one number.
 */
export function planCopies(
  all: readonly Column[],
  chosen: readonly Column[],
  { primaryKey, dated }: { readonly primaryKey: readonly string[]; readonly dated?: string | undefined },
): CopyPlan | null {
  const key = chosen.find(({ name }) => name === primaryKey[0]);
  if (primaryKey.length !== 1 || key?.type !== 'INT64') return null;
  const isMade = ({ path, hashed, mode }: Column): boolean =>
    path.length === 0 || hashed === true || mode === 'REPEATED';
  if (chosen.some(isMade)) return null;
  const tree = propertyTree(all, chosen, (column) => column);
  const before = chosen.map(({ name }) => beforeValue(name).length + QUOTES_BYTES);
  return {
    root: levelOf(tree, { key: key.name, dated }),
    required: chosen.filter((column) => column.required || column === key).length,
    extraBytes: before.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Columns whose values are of use beyond their rows. */
interface Told {
  readonly key: string;
  readonly dated: string | undefined;
}

function levelOf({ prefix, properties }: Level<Column>, told: Told): CopyLevel {
  const copied = [...properties].map(([name, property]) => [name, propertyOf(name, property, told)] as const);
  return { prefix, byName: new Map(copied), order: [] };
}

function propertyOf(name: string, { fill, children }: Property<Column>, told: Told): CopyProperty {
  const isKey = fill?.name === told.key;
  // a value that fills a column is not looked into
  const inner = fill !== null || children === null ? null : levelOf(children, told);
  const isStrictWithin = inner !== null && [...inner.byName.values()].some((each) => each.isStrict);
  return {
    name: Buffer.from(JSON.stringify(name).slice(1), 'utf8'),
    before: fill === null ? null : beforeValue(fill.name),
    type: fill?.type ?? null,
    isStrict: fill === null ? isStrictWithin : isStrict(fill) || isKey,
    isRequired: fill !== null && (fill.required || isKey),
    isKey,
    isDated: fill !== null && fill.name === told.dated,
    children: inner,
    metIn: 0,
  };
}

function beforeValue(column: string): Uint8Array {
  return Buffer.from(`,${JSON.stringify(column)}:`, 'utf8');
}
