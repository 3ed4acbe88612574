/** What a dataset holds, and how it is taken away. Bills nothing. */
import type { Inventory, KnownNames } from '../erasure.ts';
import { asObject, type BigQueryClient } from './client.ts';
import { DATASET_LABEL } from './datasets.ts';
import { LOCK_TABLE } from './lock-table.ts';
import { findColumn } from '../own-columns.ts';
import { pathOf, readLiveTable } from './live.ts';
import type { Place } from './place.ts';

/** What a dataset may hold; `tables`: views as well. Each names its things by a reference of its own. */
const REFERENCES = { tables: 'table', routines: 'routine', models: 'model' } as const;

/** The names of all things of a kind in a dataset; none where it is missing. */
async function listNames(
  kind: keyof typeof REFERENCES,
  client: BigQueryClient,
  dataset: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const what = `listing the ${kind} of ${client.project}.${dataset}`;
  const names: string[] = [];
  let pageToken: string | undefined;
  do {
    const call = {
      method: 'GET',
      path: `/datasets/${dataset}/${kind}`,
      query: { maxResults: 1_000, pageToken },
      what,
    } as const;
    const answer = await client.ask(call, signal, [404]);
    if (answer === null) return names;
    const page = asObject(answer, what);
    const one = REFERENCES[kind];
    const things = (page[kind] ?? []) as readonly Readonly<
      Record<string, Readonly<Record<string, string>>>
    >[];
    for (const thing of things) names.push(thing[`${one}Reference`]?.[`${one}Id`] ?? '');
    // an emulator says null where there is no further page
    pageToken = (page['nextPageToken'] as string | null | undefined) ?? '';
  } while (pageToken !== '');
  return names;
}

/** What the dataset holds. The lock is the run's own, and goes with it. */
export async function readInventory(known: KnownNames, place: Place): Promise<Inventory> {
  const { dataset } = place.table('');
  const { client } = place.jobs;
  const names = await listNames('tables', client, dataset, place.signal);
  const own: string[] = [];
  const foreign: string[] = [];
  for (const name of names.filter((each) => each !== LOCK_TABLE).toSorted()) {
    ((await isOurs(name, known, place)) ? own : foreign).push(name);
  }
  const others = [
    ...(await listNames('routines', client, dataset, place.signal)),
    ...(await listNames('models', client, dataset, place.signal)),
  ];
  return { own, foreign: [...foreign, ...others.toSorted()] };
}

/** Whether a table or view is what its name says. One that is gone meanwhile is passed over when it is dropped. */
async function isOurs(name: string, known: KnownNames, place: Place): Promise<boolean> {
  const column = known.get(name);
  if (column === undefined) return false;
  const live = await readLiveTable(place.jobs.client, place.table(name), place.signal);
  if (live === null) return true;
  if (column === null) return live.kind === 'view';
  return live.kind === 'table' && findColumn(live.fields, column) !== undefined;
}

/** Drops tables and views of the dataset; those that are gone already are passed over. */
export async function dropTables(names: readonly string[], place: Place): Promise<void> {
  for (const name of names) {
    const ref = place.table(name);
    const call = { method: 'DELETE', path: pathOf(ref), what: `dropping ${ref.dataset}.${name}` } as const;
    await place.jobs.client.ask(call, place.signal, [404]);
  }
}

/** Drops what runs into this dataset have left in the staging dataset. */
export async function dropStagedTables(place: Place): Promise<void> {
  const { dataset } = place.staging('');
  const names = await listNames('tables', place.jobs.client, dataset, place.signal);
  const prefix = place.stagedPrefix;
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
  if (labels?.['app'] !== DATASET_LABEL) return false;
  for (const kind of ['tables', 'routines', 'models'] as const) {
    if ((await listNames(kind, client, dataset, signal)).length > 0) return false;
  }
  // 400: somebody has put something into it meanwhile; 403: that takes another right than to delete tables
  const answer = await client.ask({ method: 'DELETE', path, what }, signal, [400, 403, 404]);
  return answer !== null || (await client.ask({ method: 'GET', path, what }, signal, [404])) === null;
}
