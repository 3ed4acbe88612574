import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { Column } from '../../src/catalog/column.ts';
import { erasableCells, PERSONS, type PersonKind } from '../../src/catalog/erasable.ts';
import type { Stream } from '../../src/catalog/stream.ts';

const { streams } = loadCatalog();

interface Leaf {
  readonly path: string;
  readonly column: Column;
}

function leavesOf(columns: readonly Column[], before = ''): readonly Leaf[] {
  return columns.flatMap((column) =>
    column.fields === undefined
      ? [{ path: before + column.name, column }]
      : leavesOf(column.fields, `${before}${column.name}.`),
  );
}

function coveredBy(kind: PersonKind, stream: Stream): ReadonlySet<string> {
  return new Set(
    erasableCells(kind, stream).map(({ list, column }) => (list === null ? column : `${list}.${column}`)),
  );
}

/** Everything that names or describes somebody, or opens a page about them. */
function isAbout({ column }: Leaf): boolean {
  return column.sensitivity === 'personal' || column.sensitivity === 'secret' || column.nameOf !== undefined;
}

const ANOTHER = 'the record of somebody else, who is erased by an id of their own';
const NAME_OF_ANOTHER = 'the name of somebody or something else, beside its id';
const DOCUMENT = 'opens a document, and tells nothing of who made it';
const WORK = 'opens a receipt of whoever paid, which goes with them';

/** Why a column is not about a kind of person; null: there is no reason. */
function reasonFor(kind: PersonKind, stream: string, { path, column }: Leaf): string | null {
  const own = { user: 'users', contact: 'contacts', client: 'clients' };
  if (column.nameOf !== undefined && column.nameOf.stream !== own[kind]) return NAME_OF_ANOTHER;
  if (Object.values(own).includes(stream) && stream !== own[kind]) return ANOTHER;
  if (path === 'client_key' && kind !== 'client') return DOCUMENT;
  if (path === 'receipt_url' && kind !== 'user') return WORK;
  if (path === 'avatar_url' && kind !== 'user') return ANOTHER;
  return null;
}

describe('what an erasure takes', () => {
  it.each(PERSONS)('is every column that may be about a %s, or there is a reason', (kind) => {
    for (const stream of streams.values()) {
      const covered = coveredBy(kind, stream);
      for (const leaf of leavesOf(stream.columns).filter(isAbout)) {
        const isKnown = covered.has(leaf.path) || reasonFor(kind, stream.name, leaf) !== null;
        expect([stream.name, leaf.path, isKnown]).toEqual([stream.name, leaf.path, true]);
      }
    }
  });

  it('leaves ids, dates, hours, money and everything else that is no text', () => {
    for (const kind of PERSONS) {
      for (const stream of streams.values()) {
        const covered = coveredBy(kind, stream);
        const texts = leavesOf(stream.columns).filter(({ column }) => column.type === 'STRING');
        for (const path of covered) expect(texts.map((leaf) => leaf.path)).toContain(path);
        for (const key of stream.primary_key) expect(covered).not.toContain(key);
      }
    }
  });

  it.each([
    ['user', 'users', 'first_name last_name email telephone avatar_url'],
    ['user', 'time_entries', 'user_name notes'],
    ['user', 'expenses', 'user_name receipt_url receipt_file_name notes'],
    ['user', 'time_team', 'user_name avatar_url'],
    ['contact', 'contacts', 'title first_name last_name email phone_office phone_mobile fax'],
    ['client', 'clients', 'name address statement_key'],
    ['client', 'projects', 'client_name notes'],
    ['client', 'time_clients', 'client_name'],
  ] as const)('%s of %s: %s', (kind, name, columns) => {
    const stream = streams.get(name);
    if (stream === undefined) throw new Error(name);
    expect([...coveredBy(kind, stream)].join(' ')).toBe(columns);
  });

  it('takes the text of a message with whoever wrote or got it', () => {
    const stream = streams.get('invoice_messages');
    if (stream === undefined) throw new Error('invoice_messages');
    const body = erasableCells('contact', stream).find(({ column }) => column === 'body');
    expect(body?.signs.map(({ by, list, column }) => [by, list, column].join(' ').trim())).toEqual([
      'text  body',
      'name  sent_by',
      'name  sent_by_email',
      'name  sent_from',
      'name  sent_from_email',
      'name recipients name',
      'name recipients email',
    ]);
  });
});
