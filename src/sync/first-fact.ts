/** When the facts of an account begin, where no fact is stored that would tell. */
import { ConnectorError } from '../errors.ts';
import { fetchCount } from '../harvest/pages.ts';
import type { RunContext } from './context.ts';
import { FACTS } from './follow-ups.ts';
import { lastRecordAt } from './paging.ts';

/** The date of Harvest's oldest entry or expense; null where there is none or it may not be read. */
export async function firstFactDate(context: RunContext): Promise<string | null> {
  const dates: string[] = [];
  for (const name of FACTS) {
    const stream = context.catalog.streams.get(name);
    if (stream?.records === undefined || stream.dated === undefined) continue;
    try {
      const request = {
        path: stream.path,
        query: {},
        records: stream.records,
        bucket: stream.limit_class,
        stream: name,
      };
      const { last, first } = await fetchCount(context.client, { ...request, signal: context.signal });
      const oldest = last === null ? first : await lastRecordAt(last, stream, context);
      const date = oldest?.[stream.dated];
      if (typeof date === 'string') dates.push(date);
    } catch (error) {
      // a module that is off, or a role that may not see it: there are no such facts to go by
      const isHidden =
        error instanceof ConnectorError && ['HARVEST_FORBIDDEN', 'HARVEST_NOT_FOUND'].includes(error.code);
      if (!isHidden) throw error;
    }
  }
  return dates.toSorted()[0] ?? null;
}
