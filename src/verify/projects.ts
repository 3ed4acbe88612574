/** What Harvest's reports take from a project: whether it is billed, how, and in which currency. */
import { isObject, type JsonObject } from '../harvest/json.ts';
import { fetchPages } from '../harvest/pages.ts';
import { plainText } from '../sync/cast.ts';
import type { RunContext } from '../sync/context.ts';

/** A project as the reports see it. */
export interface ProjectFacts {
  readonly isBillable: boolean;
  readonly isFixedFee: boolean;
  readonly currency: string;
}

/**
 * All projects by their id, as they are now: reports go by that, whatever an entry says. The currency is its client's.
 * @see Harvest API v2 docs, Projects: client is sent with its currency (checked 2026-11-20)
 */
export async function readProjects(context: RunContext): Promise<ReadonlyMap<string, ProjectFacts>> {
  const projects = new Map<string, ProjectFacts>();
  const pages = fetchPages(context.client, {
    path: 'projects',
    query: {},
    records: 'projects',
    bucket: 'general',
    stream: 'projects',
    signal: context.signal,
  });
  for await (const { records } of pages) {
    for (const record of records) projects.set(plainText(record['id']), factsOf(record));
  }
  return projects;
}

function factsOf({ client, is_billable: isBillable, is_fixed_fee: isFixedFee }: JsonObject): ProjectFacts {
  const currency = isObject(client) ? client['currency'] : null;
  return {
    isBillable: isBillable === true,
    isFixedFee: isFixedFee === true,
    currency: typeof currency === 'string' ? currency : '',
  };
}
