/**
 * Which cells an erasure takes, by what tells that they are the person's. Pure, made from the catalogue alone. Facts
 * stay: ids, dates, hours, money. What names or describes a person goes: names, addresses, pictures, and the notes and
 * texts of their records.
 */
import { idColumnOf } from './check-stream.ts';
import type { Column } from './column.ts';
import type { Stream } from './stream.ts';

/** Whom an erasure is about. */
export const PERSONS = ['user', 'contact', 'client'] as const;
export type PersonKind = (typeof PERSONS)[number];

/** The stream that holds the person's own record. */
export const OWN_STREAM: Readonly<Record<PersonKind, string>> = {
  user: 'users',
  contact: 'contacts',
  client: 'clients',
};

/**
 * What tells that a cell is the person's. `id`: the column beside it, or of the row, holds their id. `name`: the text is
 * one of their names or e-mail addresses, or holds one of at least two words. `text`: free text that holds one of at least
 * two words; a single one may be a word like any other there.
 */
export interface ErasureSign {
  readonly by: 'id' | 'name' | 'text';
  /** The REPEATED RECORD that holds the column; null: a column of the row. */
  readonly list: string | null;
  readonly column: string;
}

/** A cell that goes where one of the signs holds. */
export interface ErasableCell {
  readonly list: string | null;
  readonly column: string;
  readonly signs: readonly ErasureSign[];
}

interface Place {
  readonly list: string | null;
  readonly column: string;
}

/** Who did something or got something, where Harvest tells the name and the address and no id. */
const BY_NAME: Readonly<Record<string, readonly (readonly Place[])[]>> = {
  invoice_messages: messagePeople(),
  estimate_messages: messagePeople(),
  invoice_payments: [pair(null, 'recorded_by', 'recorded_by_email')],
};

function messagePeople(): readonly (readonly Place[])[] {
  return [
    pair(null, 'sent_by', 'sent_by_email'),
    pair(null, 'sent_from', 'sent_from_email'),
    pair('recipients', 'name', 'email'),
  ];
}

function pair(list: string | null, name: string, email: string): readonly Place[] {
  return [
    { list, column: name },
    { list, column: email },
  ];
}

/** The cells of a stream's rows that an erasure takes; those of its history are the same. */
export function erasableCells(kind: PersonKind, stream: Stream): readonly ErasableCell[] {
  const cells = (list: string | null, columns: readonly Column[]): readonly ErasableCell[] =>
    columns.flatMap((column): readonly ErasableCell[] => {
      if (column.fields !== undefined) return cells(column.name, column.fields);
      const signs = signsOf(kind, stream, { list, column: column.name }, column);
      return signs.length === 0 ? [] : [{ list, column: column.name, signs }];
    });
  return cells(null, stream.columns);
}

function signsOf(kind: PersonKind, stream: Stream, at: Place, column: Column): readonly ErasureSign[] {
  const { nameOf, sensitivity } = column;
  const own = OWN_STREAM[kind];
  const isDelicate = sensitivity === 'personal' || sensitivity === 'secret';
  if (column.type !== 'STRING' || column.mode === 'REPEATED') return [];
  if (nameOf !== undefined) {
    return nameOf.stream === own ? [{ by: 'id', list: at.list, column: idColumnOf(column.name) }] : [];
  }
  const owner = ownerColumn(kind, stream);
  const signs: ErasureSign[] = [];
  const isOwnName = stream.name === own && column.name === 'name';
  if (owner !== null && (isDelicate || isOwnName)) signs.push({ by: 'id', list: null, column: owner });
  // the record of somebody else is erased by its own id
  if (sensitivity !== 'personal' || Object.values(OWN_STREAM).includes(stream.name)) return signs;
  const people = BY_NAME[stream.name] ?? [];
  const itself = people.find((places) => places.some((place) => isSame(place, at)));
  // the text of a message goes with whoever wrote or got it
  if (itself === undefined) signs.push({ by: 'text', ...at });
  const named = itself ?? people.flat();
  return [...signs, ...named.map((place): ErasureSign => ({ by: 'name', ...place }))];
}

function isSame(one: Place, other: Place): boolean {
  return one.list === other.list && one.column === other.column;
}

/** The column that says whose record a row is; null: it is nobody's. What a person did for a client is the person's. */
function ownerColumn(kind: PersonKind, { name, columns }: Stream): string | null {
  if (name === OWN_STREAM[kind]) return 'id';
  const has = (wanted: string): boolean => columns.some((column) => column.name === wanted);
  if (kind === 'user') return has('user_id') ? 'user_id' : null;
  return kind === 'client' && has('client_id') && !has('user_id') ? 'client_id' : null;
}
