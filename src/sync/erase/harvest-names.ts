import type { Stream } from '../../catalog/stream.ts';
import { OWN_STREAM } from '../../catalog/erasable.ts';
import { classify } from '../../classify/classify.ts';
import type { ConnectorError } from '../../errors.ts';
import type { JsonObject } from '../../harvest/json.ts';
import { fetchPages } from '../../harvest/pages.ts';
import type { HarvestClient } from '../../harvest/types.ts';
import { plainText } from '../cast.ts';
import type { Person } from './plan.ts';

/** What Harvest calls the person now; `isGone`: it has no such record; `problem`: why it could not be asked. */
export interface HarvestNames {
  readonly names: readonly string[];
  readonly isGone: boolean;
  readonly problem: ConnectorError | null;
}

/**
 * Asks Harvest for the names and addresses of a person, since the warehouse need not hold all of them: columns may be left
 * out or hashed, and a name may be new. A person who is gone from Harvest has none there.
 * @throws ConnectorError RUN_INTERRUPTED
 */
export async function namesInHarvest(
  { kind, id }: Person,
  streams: ReadonlyMap<string, Stream>,
  client: HarvestClient,
  signal: AbortSignal,
): Promise<HarvestNames> {
  const path = streams.get(OWN_STREAM[kind])?.path ?? OWN_STREAM[kind];
  const names: string[] = [];
  try {
    const request = { bucket: 'general', stream: OWN_STREAM[kind], signal } as const;
    names.push(...namesOf((await client.get({ ...request, path: `${path}/${id}` })).body));
    if (kind !== 'client') return { names, isGone: false, problem: null };
    const list = { ...request, path: 'contacts', records: 'contacts', stream: 'contacts' };
    for await (const { records } of fetchPages(client, { ...list, query: { client_id: id } }))
      names.push(...[...records].flatMap(namesOf));
    return { names, isGone: false, problem: null };
  } catch (cause) {
    const error = classify(cause);
    if (error.code === 'RUN_INTERRUPTED') throw error;
    const isGone = error.code === 'HARVEST_NOT_FOUND' && names.length === 0;
    return { names, isGone, problem: error.code === 'HARVEST_NOT_FOUND' ? null : error };
  }
}

function namesOf(record: JsonObject): readonly string[] {
  const [first, last, email, name] = ['first_name', 'last_name', 'email', 'name'].map((property) =>
    plainText(record[property]),
  );
  return [`${first ?? ''} ${last ?? ''}`.trim(), email ?? '', name ?? ''].filter((text) => text !== '');
}
