/** What an erasure looks up and what it takes from which table. Pure. */
import { erasableCells, OWN_STREAM, type ErasureSign, type PersonKind } from '../../catalog/erasable.ts';
import { idColumnOf } from '../../catalog/check-stream.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import type { Stream } from '../../catalog/stream.ts';
import type { ErasedCell, Lookup, Sign, TableErasure } from '../../warehouse/erasure.ts';
import { patternOf } from './words.ts';

/** Whom an erasure is about. */
export interface Person {
  readonly kind: PersonKind;
  readonly id: string;
}

/** A look-up, and how a name is put together from its columns. */
export interface NameLookup extends Lookup {
  readonly names: (values: readonly (string | null)[]) => readonly (string | null)[];
}

/** Tables that hold the rows of a stream, or what they were. */
function tablesOf({ name }: Pick<Stream, 'name'>): readonly string[] {
  return [name, `${name}_history`];
}

/** Where the names and addresses of a person stand. */
export function nameLookups({ kind, id }: Person, streams: Iterable<Stream>): readonly NameLookup[] {
  const own = OWN_STREAM[kind];
  return [...streams].flatMap((stream) => {
    const where = (column: string) => ({ column, value: id });
    const found = ownNames(kind, stream.name);
    const embedded = stream.columns
      .filter(({ nameOf }) => nameOf?.stream === own)
      .map(({ name }) => ({ columns: [name], column: idColumnOf(name), names: each }));
    return [...(found === null ? [] : [found]), ...embedded].flatMap(({ columns, column, names }) =>
      tablesOf(stream).map((table) => ({ table, columns, where: where(column), names })),
    );
  });
}

/** Where the id of a person may stand. */
export function idLookups({ kind, id }: Person, streams: Iterable<Stream>): readonly Lookup[] {
  return [...streams].flatMap((stream) => {
    const signs = erasableCells(kind, stream).flatMap((cell) => cell.signs);
    const columns = signs.flatMap(({ by, list, column }) => (by === 'id' && list === null ? [column] : []));
    return [...new Set(columns)].flatMap((column) =>
      tablesOf(stream).map((table) => ({ table, columns: [column], where: { column, value: id } })),
    );
  });
}

const PARTS = ['first_name', 'last_name', 'email'];

function ownNames(kind: PersonKind, stream: string) {
  if (stream === 'clients' && kind === 'client') return { columns: ['name'], column: 'id', names: each };
  if (stream === OWN_STREAM[kind]) return { columns: PARTS, column: 'id', names: nameAndAddress };
  // whoever stands for the client is named in what was sent to it
  if (stream === 'contacts' && kind === 'client')
    return { columns: PARTS, column: 'client_id', names: nameAndAddress };
  return null;
}

const each = (values: readonly (string | null)[]): readonly (string | null)[] => values;

function nameAndAddress([first, last, email]: readonly (string | null)[]): readonly (string | null)[] {
  return [`${first ?? ''} ${last ?? ''}`.trim(), email ?? null];
}

/**
 * What goes from the tables of all streams and from the connector's own. `names`: those that are known; `several`: those
 * of more than one word, which are looked for in free text.
 */
export function erasuresOf(
  person: Person,
  streams: Iterable<Stream>,
  { names, several }: { readonly names: readonly string[]; readonly several: readonly string[] },
): readonly TableErasure[] {
  const all = [...streams];
  const patterns = { name: patternOf(names, 'text'), text: patternOf(several, 'text') };
  const ofStreams = all.flatMap((stream) => {
    const cells = erasableCells(person.kind, stream).flatMap(
      ({ list, column, signs }): readonly ErasedCell[] => {
        const known = signs.flatMap((sign) => signOf(sign, person.id, patterns));
        return known.length === 0 ? [] : [{ list, column, signs: known }];
      },
    );
    return cells.length === 0 ? [] : tablesOf(stream).map((table) => ({ table, cells }));
  });
  // whatever ends the work early, names can be looked up until nothing has to be looked for any more
  const named = new Set(nameLookups(person, all).map(({ table }) => table));
  const own = tablesOf({ name: OWN_STREAM[person.kind] }).toReversed();
  const rank = ({ table }: TableErasure): number => (named.has(table) ? 1 : 0) + own.indexOf(table) + 1;
  return [rejectsOf(person, all, names), ...ofStreams].toSorted((one, other) => rank(one) - rank(other));
}

function signOf(
  { by, list, column }: ErasureSign,
  id: string,
  patterns: { readonly name: string | null; readonly text: string | null },
): readonly (readonly Sign[])[] {
  if (by === 'id') return [[{ kind: 'equals', list, column, value: id }]];
  const pattern = patterns[by];
  return pattern === null ? [] : [[{ kind: 'matches', list, column, pattern }]];
}

const equals = (column: string, value: string): Sign => ({ kind: 'equals', list: null, column, value });

/** Rejects are no facts: the record of one that names or refers to the person goes as a whole. */
function rejectsOf({ kind, id }: Person, streams: readonly Stream[], names: readonly string[]): TableErasure {
  const pattern = patternOf(names, 'json');
  const columns = streams
    .flatMap((stream) => erasableCells(kind, stream).flatMap(({ signs }) => signs))
    .filter(({ by, column }) => by === 'id' && column !== 'id')
    .map(({ column }) => column);
  const signs: readonly (readonly Sign[])[] = [
    [equals('stream', OWN_STREAM[kind]), equals('record_key', id)],
    ...[...new Set(columns)].map((property): readonly Sign[] => [
      { kind: 'property', column: 'record', property, value: id },
    ]),
    ...(pattern === null
      ? []
      : [[{ kind: 'matches', list: null, column: 'record', pattern }] satisfies readonly Sign[]]),
  ];
  return { table: HOUSEKEEPING.rejects.name, cells: [{ list: null, column: 'record', signs }] };
}
