/**
 * Chooses the columns that are wanted of a stream. Pure. What is not chosen here never reaches a file, a table, a
 * log or a reject, so this is where "only what was chosen" begins.
 */
import type { ColumnChoice } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import { addedName, findAddMistakes, withAdded } from './added-columns.ts';
import type { Column } from './column.ts';
import type { Stream } from './stream.ts';
import { didYouMean } from './suggest.ts';

/** A wrong word of a choice: where it stands in one of the three lists, or its path among the added columns. */
export interface ColumnMistake {
  readonly list: 'include' | 'exclude' | 'hash' | 'add';
  readonly index: number | string;
  readonly message: string;
}

/** All columns but the secret-bearing ones: what a stream without a choice gets. */
const DEFAULT_CHOICE: ColumnChoice = { include: null, exclude: [], hash: [] };

/** What a hashed column says about itself in the warehouse. */
const HASH_NOTE = 'Stored as its keyed hash (HMAC-SHA-256, hex).';

/**
 * The columns that are wanted, in the stream's order, added ones last. Secret-bearing ones only where they are named; keys,
 * cursor, date and injected columns always; hashed ones as STRING with `hashed: true`. A list is named whole
 * (`line_items`) or by field (`line_items.description`), and goes when none of its fields is left.
 *
 * @throws ConnectorError CONFIG_INVALID with every mistake of the choice
 */
export function chooseColumns(stream: Stream, choice: ColumnChoice = DEFAULT_CHOICE): readonly Column[] {
  const mistakes = findColumnMistakes(stream, choice);
  if (mistakes.length > 0) {
    const message = mistakes.map((mistake) => `${mistake.list}: ${mistake.message}`).join('\n');
    throw new ConnectorError('CONFIG_INVALID', `Columns of ${stream.name}: ${message}`, {
      stream: stream.name,
    });
  }
  const added = Object.keys(choice.add ?? {}).map(addedName);
  const lists: Lists = {
    include: choice.include === null ? null : new Set([...choice.include, ...added]),
    exclude: new Set(choice.exclude),
    hash: new Set(choice.hash),
  };
  const wide = withAdded(stream, choice.add);
  return wide.columns.flatMap((column) => keptColumn(column, '', lists, isFixed(wide, column)));
}

/**
 * Every mistake of a choice: unknown columns with a suggestion, keys that are excluded or hashed, values that cannot
 * be hashed, columns both hashed and excluded. Empty where all is well.
 */
export function findColumnMistakes(stream: Stream, choice: ColumnChoice): readonly ColumnMistake[] {
  const wide = withAdded(stream, choice.add);
  const known = new Map(wide.columns.flatMap((column) => named(column)));
  const mistakes: ColumnMistake[] = findAddMistakes(stream, choice.add).map(({ path, message }) => ({
    list: 'add',
    index: path,
    message,
  }));
  const check = (
    list: 'include' | 'exclude' | 'hash',
    find: (name: string, column: Column) => string | null,
  ): void => {
    for (const [index, name] of (choice[list] ?? []).entries()) {
      if (name === '*' && list === 'include') continue;
      const column = known.get(name);
      const message = column === undefined ? unknownColumn(stream, name, known) : find(name, column);
      if (message !== null) mistakes.push({ list, index, message });
    }
  };
  check('include', () => null);
  check('exclude', (name, column) =>
    isFixed(wide, column) ? `${name} is needed to keep the table right and cannot be left out.` : null,
  );
  check('hash', (name, column) => {
    if (isFixed(wide, column)) return `${name} is needed as it is and cannot be hashed.`;
    if (column.type !== 'STRING' || column.mode === 'REPEATED') {
      return `${name} is ${sayType(column)}; only single text values can be hashed.`;
    }
    const outer = name.split('.')[0] ?? name;
    const excluded = choice.exclude.includes(name) || choice.exclude.includes(outer);
    return excluded ? `${name} is excluded as well; choose one.` : null;
  });
  return mistakes;
}

interface Lists {
  readonly include: ReadonlySet<string> | null;
  readonly exclude: ReadonlySet<string>;
  readonly hash: ReadonlySet<string>;
}

/** The column as it is wanted, or nothing. `prefix` is the list it stands in, such as `line_items.`. */
function keptColumn(column: Column, prefix: string, lists: Lists, fixed: boolean): readonly Column[] {
  if (fixed) return [column];
  const name = prefix + column.name;
  if (lists.exclude.has(name)) return [];
  if (column.fields !== undefined) return keptList(column, `${name}.`, lists);
  if (lists.hash.has(name)) {
    const description = `${column.description} ${HASH_NOTE}`;
    return [{ ...column, type: 'STRING', description, hashed: true }];
  }
  return isWanted(column, name, lists.include) ? [column] : [];
}

function keptList(column: Column, prefix: string, lists: Lists): readonly Column[] {
  const fields = (column.fields ?? []).flatMap((field) => keptColumn(field, prefix, lists, false));
  return fields.length === 0 ? [] : [{ ...column, fields }];
}

/** Named itself, or under `*` or the list it stands in and not secret. */
function isWanted(column: Column, name: string, include: ReadonlySet<string> | null): boolean {
  if (include?.has(name) === true) return true;
  if (column.sensitivity === 'secret') return false;
  if (include === null || include.has('*')) return true;
  const segments = name.split('.');
  return segments.some((_, end) => end > 0 && include.has(segments.slice(0, end).join('.')));
}

/** Injected columns, keys, the cursor and the date: without them the table could not be kept right. */
function isFixed(stream: Stream, column: Column): boolean {
  if (column.path.length === 0) return true;
  if (!stream.columns.includes(column)) return false;
  return [...stream.primary_key, stream.cursor, stream.dated].includes(column.name);
}

/** A column and the fields of a list under the names that a configuration uses. */
function named(column: Column, prefix = ''): readonly (readonly [string, Column])[] {
  const name = prefix + column.name;
  return [[name, column], ...(column.fields ?? []).flatMap((field) => named(field, `${name}.`))];
}

function unknownColumn(stream: Stream, name: string, known: ReadonlyMap<string, Column>): string {
  return `${stream.name} has no column ${name}.${didYouMean(name, known.keys())}`;
}

function sayType(column: Column): string {
  return column.mode === 'REPEATED' ? 'a list' : column.type;
}
