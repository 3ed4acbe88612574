/**
 * Keeps erased persons out of what is stored: between the shaper and everything that comes after it, so that neither
 * spool nor staging, history, rejects or restatements see what was erased. Pure.
 */
import {
  erasableCells,
  OWN_STREAM,
  PERSONS,
  type ErasableCell,
  type ErasureSign,
} from '../../catalog/erasable.ts';
import type { Stream } from '../../catalog/stream.ts';
import { ConnectorError } from '../../errors.ts';
import type { Tombstone } from '../../warehouse/erasure.ts';
import type { Row, RowValue } from '../../warehouse/table.ts';
import { plainText } from '../cast.ts';
import type { Choice } from '../choose.ts';
import type { ChosenStream } from '../context.ts';
import { pickColumns } from '../pick-columns.ts';
import type { Eraser, Shaper } from '../row.ts';
import { markOf, NameFinder } from './words.ts';

/** What is known of erased persons of one kind. */
interface Erased {
  readonly ids: ReadonlySet<string>;
  readonly names: NameFinder;
}

interface Rules {
  readonly cells: readonly ErasableCell[];
  readonly erased: Erased;
}

/**
 * The same choice, whose shapers leave out what was erased.
 * @throws ConnectorError ERASURE_KEY where names could not be recognised
 */
export function withoutErased(
  choice: Choice,
  tombstones: readonly Tombstone[],
  hashKey: string | null,
): Choice {
  if (tombstones.length === 0) return choice;
  assertKey(tombstones, hashKey);
  const without = (streams: Choice['chosen']): Choice['chosen'] =>
    new Map([...streams].map(([name, chosen]) => [name, erasing(chosen, tombstones, hashKey)]));
  return { configured: without(choice.configured), chosen: without(choice.chosen) };
}

/** Each person needs a tombstone of this key: without it names that stand beside no id would come back unnoticed. */
function assertKey(tombstones: readonly Tombstone[], hashKey: string | null): void {
  const mark = hashKey === null ? null : markOf(hashKey);
  const isKnown = (person: Tombstone): boolean =>
    tombstones.some(
      ({ kind, recordId, digests }) =>
        kind === person.kind && recordId === person.recordId && digests.some((each) => each === mark),
    );
  const lost = tombstones.find((each) => !isKnown(each));
  if (lost === undefined) return;
  const who = `${lost.kind} ${lost.recordId}`;
  throw new ConnectorError(
    'ERASURE_KEY',
    hashKey === null
      ? `${who} was erased, and there is no sync.hash_key to recognise their names by`
      : `${who} was erased under another sync.hash_key`,
    { details: { kind: lost.kind, record_id: lost.recordId } },
  );
}

/** The ids of erased persons by the stream of their own records. */
export function erasedIds(tombstones: readonly Tombstone[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(PERSONS.map((kind) => [OWN_STREAM[kind], idsOf(kind, tombstones)]));
}

function idsOf(kind: string, tombstones: readonly Tombstone[]): ReadonlySet<string> {
  return new Set(tombstones.filter((each) => each.kind === kind).map(({ recordId }) => recordId));
}

function erasing(
  chosen: ChosenStream,
  tombstones: readonly Tombstone[],
  hashKey: string | null,
): ChosenStream {
  const erase = eraserOf(chosen.stream, tombstones, hashKey);
  const shape = shapeErased(chosen.shape, chosen.stream, erase);
  const names =
    hashKey === null
      ? null
      : new NameFinder(
          tombstones.flatMap(({ digests }) => digests),
          hashKey,
        );
  return { ...chosen, erase, copier: null, shape: names === null ? shape : withholdRejects(shape, names) };
}

/** A shaper that leaves out what was erased. */
export function shapeErased(shape: Shaper, { columns }: Stream, erase: Eraser): Shaper {
  return (record, injected, drift) => {
    const shaped = shape(record, injected, drift);
    // a column that tells whose a row is need not be one that was chosen
    const seen = { ...pickColumns(record, columns), ...injected };
    return shaped.kind === 'row'
      ? { ...shaped, row: erase(shaped.row, seen) }
      : { ...shaped, record: erase(shaped.record, seen) };
  };
}

/** A reject is no fact, and its record may name anybody anywhere: one that does is not stored. */
export function withholdRejects(shape: Shaper, names: NameFinder): Shaper {
  return (record, injected, drift) => {
    const shaped = shape(record, injected, drift);
    return shaped.kind === 'reject' && findsIn(record, names) ? { ...shaped, isWithheld: true } : shaped;
  };
}

function findsIn(value: unknown, names: NameFinder): boolean {
  if (typeof value === 'string') return names.finds(value);
  return (
    typeof value === 'object' && value !== null && Object.values(value).some((each) => findsIn(each, names))
  );
}

/** The eraser for the rows of a stream. Without the key only ids tell who was erased. */
export function eraserOf(stream: Stream, tombstones: readonly Tombstone[], hashKey: string | null): Eraser {
  const rules = PERSONS.flatMap((kind): readonly Rules[] => {
    const known = tombstones.filter((each) => each.kind === kind);
    if (known.length === 0) return [];
    const digests = hashKey === null ? [] : known.flatMap((each) => each.digests);
    const erased = { ids: idsOf(kind, known), names: new NameFinder(digests, hashKey ?? '') };
    return [{ cells: erasableCells(kind, stream), erased }];
  });
  return (row, seen) => rules.reduce((left, rule) => eraseBy(left, seen, rule), row);
}

function eraseBy(row: Row, seen: Row, { cells, erased }: Rules): Row {
  const gone: Record<string, RowValue> = {};
  const lists = new Map<string, ErasableCell[]>();
  for (const cell of cells) {
    if (cell.list !== null) lists.set(cell.list, [...(lists.get(cell.list) ?? []), cell]);
    else if (isThere(row[cell.column]) && cell.signs.some((sign) => holds(sign, seen, null, erased)))
      gone[cell.column] = null;
  }
  for (const [list, some] of lists) {
    const elements = row[list];
    const sent = seen[list];
    if (!Array.isArray(elements) || !Array.isArray(sent)) continue;
    gone[list] = elements.map((element: RowValue, at) => eraseIn(element, sent[at], some, { seen, erased }));
  }
  return Object.keys(gone).length === 0 ? row : { ...row, ...gone };
}

function eraseIn(
  element: RowValue,
  sent: RowValue,
  cells: readonly ErasableCell[],
  { seen, erased }: { readonly seen: Row; readonly erased: Erased },
): RowValue {
  if (!isRow(element) || !isRow(sent)) return element;
  const gone = cells.filter(
    ({ column, signs }) => isThere(element[column]) && signs.some((sign) => holds(sign, seen, sent, erased)),
  );
  if (gone.length === 0) return element;
  return { ...element, ...Object.fromEntries(gone.map(({ column }) => [column, null])) };
}

function holds({ by, list, column }: ErasureSign, seen: Row, element: Row | null, erased: Erased): boolean {
  const tells = (value: RowValue | undefined): boolean => {
    if (!isThere(value)) return false;
    if (by === 'id') return erased.ids.has(plainText(value));
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return by === 'name' ? erased.names.finds(text) : erased.names.findsWithin(text);
  };
  if (list === null) return tells(seen[column]);
  if (element !== null) return tells(element[column]);
  const elements = seen[list];
  return Array.isArray(elements) && elements.some((each) => isRow(each) && tells(each[column]));
}

function isThere(value: RowValue | undefined): value is Exclude<RowValue, null> {
  return value !== undefined && value !== null;
}

function isRow(value: RowValue): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
