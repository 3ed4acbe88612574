/** What a dataset holds, and how it is taken away. Bills nothing. */
import type { Inventory } from '../erasure.ts';
import { asObject, type BigQueryClient } from './client.ts';
import { DATASET_LABEL } from './datasets.ts';
import { LOCK_TABLE } from './lock-table.ts';
import { pathOf } from './live.ts';
import { label } from './orders.ts';
import type { Place } from './place.ts';

/** The names of all tables and views of a dataset; none where it is missing. */
export async function listTables(
  client: BigQueryClient,
  dataset: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const what = `listing the tables of ${client.project}.${dataset}`;
  const names: string[] = [];
  let pageToken: string | undefined;
  do {
    const call = {
      method: 'GET',
      path: `/datasets/${dataset}/tables`,
      query: { maxResults: 1_000, pageToken },
      what,
    } as const;
    const answer = await client.ask(call, signal, [404]);
    if (answer === null) return names;
    const page = asObject(answer, what) as {
      tables?: readonly { tableReference?: { tableId?: string } }[];
      nextPageToken?: string | null;
    };
    for (const { tableReference } of page.tables ?? []) names.push(tableReference?.tableId ?? '');
    // an emulator says null where there is no further page
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return names;
}

/** What the dataset holds. The lock is the run's own, and goes with it. */
export async function readInventory(known: ReadonlySet<string>, place: Place): Promise<Inventory> {
  const { dataset } = place.table('');
  const names = await listTables(place.jobs.client, dataset, place.signal);
  const rest = names.filter((name) => name !== LOCK_TABLE).toSorted();
  return {
    own: rest.filter((name) => known.has(name)),
    foreign: rest.filter((name) => !known.has(name)),
  };
}

/** Drops tables and views of the dataset; those that are gone already are passed over. */
export async function dropTables(names: readonly string[], place: Place): Promise<void> {
  for (const name of names) {
    const ref = place.table(name);
    const call = { method: 'DELETE', path: pathOf(ref), what: `dropping ${ref.dataset}.${name}` } as const;
    await place.jobs.client.ask(call, place.signal, [404]);
  }
}

/** Drops what runs of this connector have left in the staging dataset. */
export async function dropStagedTables(place: Place): Promise<void> {
  const { dataset } = place.staging('');
  const names = await listTables(place.jobs.client, dataset, place.signal);
  const prefix = `${label(place.connector)}__`;
  for (const name of names.filter((each) => each.startsWith(prefix))) await place.drop(place.staging(name));
}

/** Deletes a dataset that the connector made, once nothing is in it. Answers whether it is gone. */
export async function deleteDataset(
  client: BigQueryClient,
  dataset: string,
  signal: AbortSignal,
): Promise<boolean> {
  const what = `deleting dataset ${client.project}.${dataset}`;
  const path = `/datasets/${dataset}`;
  const found = await client.ask({ method: 'GET', path, what }, signal, [404]);
  if (found === null) return true;
  const { labels } = asObject(found, what) as { labels?: Readonly<Record<string, string>> };
  const isOurs = labels?.['app'] === DATASET_LABEL;
  if (!isOurs || (await listTables(client, dataset, signal)).length > 0) return false;
  // 400: somebody has put something into it meanwhile; 403: that takes another right than to delete tables
  const answer = await client.ask({ method: 'DELETE', path, what }, signal, [400, 403, 404]);
  return answer !== null || (await client.ask({ method: 'GET', path, what }, signal, [404])) === null;
}
