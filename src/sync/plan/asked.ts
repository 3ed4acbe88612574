/** What a request of a run is about, as far as a plan treats it in its own way. Pure. */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Stream } from '../../catalog/stream.ts';
import type { HarvestRequest } from '../../harvest/types.ts';

/** Links of lists that were not read begin so; nothing is ever asked for there. */
export const STAND_IN_URL = 'https://plan.invalid/';

/** What a request asks for. */
export type Asked =
  /** The token's owner, the company's settings. */
  | { readonly kind: 'account' }
  /** A further page of a list that counts as read without having been. */
  | { readonly kind: 'more'; readonly list: string; readonly page: number }
  /** A further page that Harvest has linked to. */
  | { readonly kind: 'link' }
  /** A report. */
  | { readonly kind: 'report' }
  /** The list of one parent. */
  | { readonly kind: 'children'; readonly parent: string }
  /** One record by its id. */
  | { readonly kind: 'record' }
  /** How many records a list has. */
  | { readonly kind: 'count'; readonly of: Stream }
  /** What changed, or runs: what is to be seen to know what follows from it. */
  | { readonly kind: 'changes' }
  /** A stream's list, or a span of it. */
  | { readonly kind: 'list'; readonly of: Stream }
  /** All ids of another stream's list. */
  | { readonly kind: 'ids'; readonly of: Stream };

/** Tells what a request is about. */
export function askedBy({ path, query = {}, bucket, stream }: HarvestRequest, catalog: Catalog): Asked {
  if (path.startsWith(STAND_IN_URL)) {
    const url = new URL(path);
    return { kind: 'more', list: url.pathname.slice(1), page: Number(url.searchParams.get('page')) };
  }
  if (path.includes('://')) return { kind: 'link' };
  if (path === 'users/me' || path === 'company') return { kind: 'account' };
  if (bucket === 'reports') return { kind: 'report' };
  const of = [...catalog.streams.values()].find((each) => each.parent === undefined && each.path === path);
  if (of === undefined) {
    const [, parent = '', rest] = path.split('/');
    return rest === undefined ? { kind: 'record' } : { kind: 'children', parent };
  }
  if (query['per_page'] === 1) return { kind: 'count', of };
  if ('updated_since' in query || 'is_running' in query) return { kind: 'changes' };
  if (of.name === stream) return { kind: 'list', of };
  // another stream's list with a filter is read for what stands in its records
  return Object.keys(query).some((name) => name !== 'per_page') ? { kind: 'changes' } : { kind: 'ids', of };
}
