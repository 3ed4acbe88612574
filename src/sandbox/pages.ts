/**
 * Paging as Harvest does it, in both kinds. Cursor lists are walked by key: `cursor` holds base64 of
 * `{"after":{"id":3007}}`, and in mid-list `page`, `next_page` and `previous_page` are null. Offset lists are cut
 * by position, so that rows repeat or go missing when the list moves between two pages.
 * @see Harvest API v2 docs, page Pagination (checked 2026-11-20)
 */
import { unprocessable } from './answer.ts';
import type { Rec } from './model.ts';
import { PreparedPage } from './prepared-entries.ts';
import { readWhole } from './query.ts';

/** A list in the order of its pages. */
export interface Listing {
  readonly length: number;
  /** Rendered records from start up to, not including, end. */
  slice(start: number, end: number): Rec[];
  idAt(position: number): number;
  /** Position of the first record after the one with this id, whether that is still there or not. */
  after(id: number): number;
  /** Position of the record with this id, or of the one that took its place. */
  at(id: number): number;
  /** The same records as `slice` gives, as bytes, where they were prepared; `slice` is then empty. */
  bytes?(start: number, end: number): readonly Buffer[];
}

/** A listing over rows; ids descend unless `byPosition`, where a vanished row ends the walk. */
export function listingOf<T extends { readonly id: number }>(
  rows: readonly T[],
  render: (row: T) => Rec,
  byPosition = false,
): Listing {
  const at = (id: number): number => {
    const found = rows.findIndex((row) => (byPosition ? row.id === id : row.id <= id));
    return found === -1 ? rows.length : found;
  };
  return {
    length: rows.length,
    slice: (start, end) => rows.slice(start, end).map(render),
    idAt: (position) => rows[position]?.id ?? 0,
    at,
    after: (id) => {
      const position = at(id);
      return rows[position]?.id === id ? position + 1 : position;
    },
  };
}

/** A listing without ids, for lists that are paged by position only. */
export function plainListing(length: number, slice: (start: number, end: number) => Rec[]): Listing {
  return { length, slice, idAt: () => 0, at: () => 0, after: () => 0 };
}

/** How a list is paged, and what its records stand below. */
export interface PageKind {
  readonly kind: 'cursor' | 'offset';
  /** The key that holds the records. */
  readonly key: string;
  readonly defaultPerPage: number;
  /** Path that `links.first` shows instead of the one asked for: a documented oddity of messages. */
  readonly firstPath?: string;
}

const MAX_PER_PAGE = 2000;

/** The request with pages of at most `largest` records; what asks for more than Harvest allows stays as it is. */
export function withSmallPages(url: URL, largest: number): URL {
  const perPage = readWhole(url.searchParams, 'per_page') ?? MAX_PER_PAGE;
  if (perPage <= largest || perPage > MAX_PER_PAGE) return url;
  const smaller = new URL(url);
  smaller.searchParams.set('per_page', String(largest));
  return smaller;
}

interface Position {
  readonly start: number;
  readonly end: number;
  /** null where the walk is by cursor and in mid-list. */
  readonly page: number | null;
}

/** One page of a listing in Harvest's envelope, with absolute links. */
export function toPage(listing: Listing, url: URL, kind: PageKind): Rec | PreparedPage {
  const perPage = readWhole(url.searchParams, 'per_page') ?? kind.defaultPerPage;
  if (perPage < 1 || perPage > MAX_PER_PAGE) throw unprocessable('Invalid per_page parameter');
  const pages = Math.max(1, Math.ceil(listing.length / perPage));
  const cursor = kind.kind === 'cursor' ? url.searchParams.get('cursor') : null;
  const { start, end, page } =
    cursor === null
      ? positionOfPage(listing, url, perPage)
      : positionOfCursor(listing, cursor, perPage, pages);
  const body = {
    [kind.key]: listing.slice(start, end),
    per_page: perPage,
    total_pages: pages,
    total_entries: listing.length,
    next_page: page !== null && end < listing.length ? page + 1 : null,
    previous_page: page !== null && page > 1 ? page - 1 : null,
    page,
    links: linksOf(listing, { start, end, page }, pages, kind, linker(url, kind, perPage)),
  };
  const bytes = listing.bytes?.(start, end);
  return bytes === undefined ? body : new PreparedPage(body, kind.key, bytes);
}

type Link = (position: Readonly<Record<string, string | number>>, ref: string) => string;

function linksOf(listing: Listing, position: Position, pages: number, kind: PageKind, link: Link): Rec {
  const { start, end } = position;
  const page = position.page ?? 1;
  const byKey = kind.kind === 'cursor';
  const next = byKey
    ? link({ cursor: encodeCursor('after', listing.idAt(end - 1)) }, 'next_cursor')
    : link({ page: page + 1 }, 'next');
  const previous = byKey
    ? link({ cursor: encodeCursor('before', listing.idAt(start)) }, 'previous_cursor')
    : link({ page: Math.max(1, page - 1) }, 'previous');
  return {
    first: link({ page: 1 }, 'first'),
    next: end < listing.length ? next : null,
    previous: start > 0 ? previous : null,
    last: link({ page: pages }, 'last'),
  };
}

function positionOfPage(listing: Listing, url: URL, perPage: number): Position {
  const page = readWhole(url.searchParams, 'page') ?? 1;
  if (page < 1) throw unprocessable('Invalid page parameter');
  const start = Math.min((page - 1) * perPage, listing.length);
  return { start, end: Math.min(start + perPage, listing.length), page };
}

function positionOfCursor(listing: Listing, cursor: string, perPage: number, pages: number): Position {
  const { direction, id } = decodeCursor(cursor);
  let start = listing.after(id);
  let end = Math.min(start + perPage, listing.length);
  if (direction === 'before') {
    end = listing.at(id);
    start = Math.max(0, end - perPage);
  }
  const page = start === 0 ? 1 : end >= listing.length ? pages : null;
  return { start, end, page };
}

function encodeCursor(direction: 'after' | 'before', id: number): string {
  return Buffer.from(JSON.stringify({ [direction]: { id } })).toString('base64');
}

function decodeCursor(cursor: string): { direction: 'after' | 'before'; id: number } {
  const match = /^\{"(after|before)":\{"id":(\d+)\}\}$/.exec(Buffer.from(cursor, 'base64').toString());
  if (match === null) throw unprocessable('Invalid cursor parameter');
  return { direction: match[1] === 'before' ? 'before' : 'after', id: Number(match[2]) };
}

/** Makes links that keep every other parameter, sorted by name; cursor lists carry the odd `ref`. */
function linker(url: URL, kind: PageKind, perPage: number): Link {
  return (position, ref) => {
    const query = new URLSearchParams(url.searchParams);
    for (const name of ['page', 'cursor', 'ref', 'access_token', 'account_id']) query.delete(name);
    query.set('per_page', String(perPage));
    for (const [name, value] of Object.entries(position)) query.set(name, String(value));
    if (kind.kind === 'cursor') query.set('ref', ref);
    query.sort();
    const path = ref === 'first' && kind.firstPath !== undefined ? kind.firstPath : url.pathname;
    return `${url.origin}${path}?${query.toString()}`;
  };
}
