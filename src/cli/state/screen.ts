/** Checkpoints as a table for people. Pure. */
import { plural } from '../../report/quantity.ts';
import { renderTable } from '../../report/table.ts';
import type { StoredState } from '../../warehouse/warehouse.ts';

/** One line for each checkpoint. */
export function statesText(states: readonly StoredState[], width: number): string {
  if (states.length === 0) return 'No checkpoint is stored.';
  const rows = states.map(({ stream, cursor, version, state }) => [
    stream,
    cursor ?? '–',
    String(version),
    notesInShort(stream, state),
  ]);
  const columns = [
    { title: 'stream' },
    { title: 'cursor' },
    { title: 'version', align: 'right' },
    { title: 'notes' },
  ] as const;
  return renderTable(columns, rows, width).join('\n');
}

/** What the notes say that people may want to know. */
export function notesInShort(stream: string, state: unknown): string {
  if (typeof state !== 'object' || state === null) return '';
  const notes = state as Readonly<Record<string, unknown>>;
  if (stream.startsWith('_')) return pseudoNotes(stream, notes);
  const size = (name: string): number => {
    const value = notes[name];
    if (Array.isArray(value)) return value.length;
    return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
  };
  const counted = (name: string, one: string, many?: string): string =>
    size(name) === 0 ? '' : plural(size(name), one, many);
  return [
    notes['load'] === undefined ? '' : 'first load under way',
    counted('pending', 'parent pending', 'parents pending'),
    counted('renames', 'name to spread', 'names to spread'),
    counted('missing', 'span of dates to load', 'spans of dates to load'),
    typeof notes['outside'] === 'string' ? `rows before ${notes['outside']} to go` : '',
    notes['rejected'] === 'many' ? 'many rejected' : counted('rejected', 'rejected record'),
    counted('months', 'month'),
    typeof notes['sweptAt'] === 'string' ? `listed whole ${notes['sweptAt'].slice(0, 10)}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function pseudoNotes(stream: string, notes: Readonly<Record<string, unknown>>): string {
  if (stream === '_start_date')
    return typeof notes['startDate'] === 'string' ? notes['startDate'] : 'everything';
  if (stream === '_account' && Array.isArray(notes['roles'])) return notes['roles'].join(', ');
  if (!stream.startsWith('_backfill:')) return '';
  const next = Object.entries((notes['next'] ?? {}) as Readonly<Record<string, string | null>>);
  const left = next.filter(([, date]) => date !== null).map(([name, date]) => `${name} from ${date}`);
  return left.length === 0 ? 'complete' : `left: ${left.join(', ')}`;
}
