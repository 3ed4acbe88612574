/** When the facts of an account begin, where no fact is stored that would tell. */
import { ConnectorError } from '../errors.ts';
import { fetchCount } from '../harvest/pages.ts';
import type { RunContext } from './context.ts';
import { lastRecordAt } from './paging.ts';

/** The date of Harvest's oldest record of a fact; null where there is none or it may not be read. */
export async function firstFactDate(fact: string, context: RunContext): Promise<string | null> {
  const stream = context.catalog.streams.get(fact);
  if (stream?.records === undefined || stream.dated === undefined) return null;
  const { path, records, limit_class: bucket } = stream;
  try {
    const request = { path, query: {}, records, bucket, stream: fact, signal: context.signal };
    const { last, first } = await fetchCount(context.client, request);
    const oldest = last === null ? first : await lastRecordAt(last, stream, context);
    const date = oldest?.[stream.dated];
    return typeof date === 'string' ? date : null;
  } catch (error) {
    // a module that is off, or a role that may not see it: there are no such facts to go by
    const isHidden =
      error instanceof ConnectorError && ['HARVEST_FORBIDDEN', 'HARVEST_NOT_FOUND'].includes(error.code);
    if (!isHidden) throw error;
    return null;
  }
}
