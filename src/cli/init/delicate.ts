/** Columns that describe persons or are money, and what to write in a configuration to leave them out or hash them. Pure. */
import { findColumnMistakes } from '../../catalog/choose-columns.ts';
import type { Column, Sensitivity } from '../../catalog/column.ts';
import type { Stream } from '../../catalog/stream.ts';
import type { ColumnAnswer, Commercial, Personal } from './answers.ts';

/** The choice between them. */
export interface DelicateChoice {
  readonly personal: Personal;
  readonly commercial: Commercial;
}

/** One value of a stream, under the name that a configuration uses, such as `line_items.description`. */
interface Leaf {
  readonly name: string;
  readonly column: Column;
}

/** How many columns of these streams are of a kind. */
export function countDelicate(streams: readonly Stream[], kind: Sensitivity): number {
  return streams.flatMap((stream) => leavesOf(stream, kind)).length;
}

/**
 * The lists of each stream that has anything to leave out or to hash. Values that cannot be hashed (lists, numbers)
 * are left out where texts are hashed. Keys, cursors and dates stay as they are.
 */
export function delicateColumns(
  streams: readonly Stream[],
  { personal, commercial }: DelicateChoice,
): ReadonlyMap<string, ColumnAnswer> {
  const answers = streams.map((stream): readonly [string, ColumnAnswer] => {
    const persons = personal === 'keep' ? [] : leavesOf(stream, 'personal');
    const money = commercial === 'keep' ? [] : leavesOf(stream, 'commercial');
    const hash = personal === 'hash' ? persons.filter(({ name }) => mayBe(stream, 'hash', name)) : [];
    const exclude = [...persons.filter((leaf) => !hash.includes(leaf)), ...money];
    return [
      stream.name,
      {
        exclude: exclude.filter(({ name }) => mayBe(stream, 'exclude', name)).map(({ name }) => name),
        hash: hash.map(({ name }) => name),
      },
    ];
  });
  return new Map(answers.filter(([, { exclude, hash }]) => exclude.length + hash.length > 0));
}

/** Fields of repeated records stand for themselves, since a record holds harmless ones too. */
function leavesOf(stream: Stream, kind: Sensitivity): readonly Leaf[] {
  const leaves = (column: Column, prefix: string): readonly Leaf[] => {
    const name = prefix + column.name;
    if (column.fields !== undefined) return column.fields.flatMap((field) => leaves(field, `${name}.`));
    return column.sensitivity === kind ? [{ name, column }] : [];
  };
  return stream.columns.flatMap((column) => leaves(column, ''));
}

function mayBe(stream: Stream, list: 'exclude' | 'hash', name: string): boolean {
  const choice = { include: null, exclude: [], hash: [], [list]: [name] };
  return findColumnMistakes(stream, choice).length === 0;
}
