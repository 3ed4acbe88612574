/** `check`: tries everything that a run needs of BigQuery, each permission by its name, and cleans up after itself. */
import type { ConnectorError } from '../../errors.ts';
import { classify } from '../../classify/classify.ts';
import type { WarehouseSession } from '../warehouse.ts';
import { loadRows } from './append.ts';
import { asObject } from './client.ts';
import { assertLocation, assertStagingLocation, readDataset, type Dataset } from './datasets.ts';
import { pathOf } from './live.ts';
import type { Place } from './place.ts';
import type { BigQueryDestination } from './warehouse.ts';

/** One thing that was tried. */
export interface Finding {
  readonly name: string;
  readonly text: string;
  readonly error?: ConnectorError;
}

/** What `check` works with. */
export interface Examination {
  readonly destination: BigQueryDestination;
  readonly session: WarehouseSession;
  /** Opens a session in a location; makes no dataset. */
  readonly placeIn: (location: string, expires: boolean) => Promise<Place>;
  readonly client: Place['jobs']['client'];
}

/** Tries login, datasets, location, permissions, a load and its removal, and whether rows can be changed. */
export async function examine({
  destination,
  session,
  placeIn,
  client,
}: Examination): Promise<readonly Finding[]> {
  const { project, dataset, stagingDataset, location } = destination;
  const names = { dataset, stagingDataset, location, labels: {} };
  const findings: Finding[] = [];
  const attempt = async <Result>(
    name: string,
    task: () => Promise<readonly [string, Result]>,
  ): Promise<Result | null> => {
    try {
      const [text, result] = await task();
      findings.push({ name, text });
      return result;
    } catch (cause) {
      const error = classify(cause);
      findings.push({ name, text: error.message.split('\n')[0] ?? '', error });
      return null;
    }
  };
  const read = (id: string): Promise<Dataset | null> => readDataset(client, id, session.signal);
  const target = await attempt('dataset', async () => {
    const found = await read(dataset);
    if (found !== null) assertLocation(project, names, found);
    const text = found === null ? 'will be made by the first sync' : `in ${found.location}`;
    return [`${project}.${dataset} · ${text}`, { found }];
  });
  if (target === null) return findings;
  const staging = await attempt('staging', async () => {
    const found = await read(stagingDataset);
    const wanted = target.found?.location ?? location;
    if (found !== null && wanted !== null) assertStagingLocation(project, names, found, wanted);
    const text =
      found === null
        ? 'will be made by the first sync'
        : `in ${found.location}${found.expires ? '' : ', whose tables are made to expire one by one'}`;
    return [`${stagingDataset} · ${text}`, { found }];
  });
  if (staging === null) return findings;
  const where = target.found?.location ?? location ?? staging.found?.location ?? 'US';
  const place = await placeIn(where, staging.found?.expires ?? true);
  try {
    if (target.found === null || staging.found === null) {
      await attempt('permissions', () => canMakeDatasets(place, where));
      await attempt('jobs', () => canRunJobs(place));
      return findings;
    }
    const table = `_harvest_bq_check_${place.nameOf('check')}`;
    const made = await attempt('tables', () => makeTable(place, table));
    await attempt('load', () => loadOne(place, table, made !== null));
    if (made !== null) {
      await attempt('changes', () => changeOne(place, table));
      await attempt('removal', () => removeTable(place, table));
    }
    return findings;
  } finally {
    await place.spools[Symbol.asyncDispose]();
  }
}

/** A script that only looks at itself: needs bigquery.jobs.create, bills nothing. */
async function canRunJobs(place: Place): Promise<readonly [string, true]> {
  const statement = { sql: `SELECT '${place.nameOf('jobs')}' AS checked`, parameters: [] };
  await place.jobs.query({ kind: 'read', stream: null, statement, isAbortable: true });
  return ['queries run: bigquery.jobs.create', true];
}

/** Making a dataset cannot be tried without making one, so one is made and removed at once. */
async function canMakeDatasets(place: Place, location: string): Promise<readonly [string, true]> {
  const { client } = place.jobs;
  const dataset = `_harvest_bq_check_${place.nameOf('dataset')}`;
  const body = { datasetReference: { projectId: client.project, datasetId: dataset }, location };
  await client.ask(
    { method: 'POST', path: '/datasets', body, what: `making dataset ${dataset}` },
    place.signal,
    [409],
  );
  await client.ask(
    { method: 'DELETE', path: `/datasets/${dataset}`, what: `removing dataset ${dataset}` },
    place.signal,
    [404],
  );
  return ['datasets can be made: bigquery.datasets.create', true];
}

const FIELDS = [{ name: 'id', type: 'INTEGER', mode: 'NULLABLE' }];

async function makeTable(place: Place, name: string): Promise<readonly [string, true]> {
  const { client } = place.jobs;
  const ref = place.table(name);
  const body = {
    tableReference: { projectId: ref.project, datasetId: ref.dataset, tableId: name },
    schema: { fields: FIELDS },
    expirationTime: String(Date.now() + 3_600_000),
  };
  await client.ask(
    { method: 'POST', path: `/datasets/${ref.dataset}/tables`, body, what: `making table ${name}` },
    place.signal,
    [409],
  );
  const found = await client.ask(
    { method: 'GET', path: pathOf(ref), what: `reading table ${name}` },
    place.signal,
  );
  const change = { description: 'Made by harvest-bq check; it goes at once.' };
  await client.ask(
    { method: 'PATCH', path: pathOf(ref), body: change, what: `changing table ${name}` },
    place.signal,
  );
  asObject(found, `reading table ${name}`);
  return ['made, read and changed: bigquery.tables.create, .get, .update', true];
}

async function loadOne(place: Place, name: string, isMade: boolean): Promise<readonly [string, true]> {
  const column = { name: 'id', type: 'INT64', mode: 'NULLABLE', description: '' } as const;
  const table = { name, kind: 'housekeeping', description: '', columns: [column], primaryKey: [] } as const;
  const staging = place.staging(name);
  await loadRows([{ id: 1 }], { table, into: staging, disposition: 'replace', stream: null }, place);
  const { client } = place.jobs;
  await client.ask(
    { method: 'GET', path: `${pathOf(staging)}/data`, query: { maxResults: 1 }, what: `listing ${name}` },
    place.signal,
  );
  await client.ask(
    { method: 'DELETE', path: pathOf(staging), what: `dropping ${name}` },
    place.signal,
    [404],
  );
  if (isMade)
    await loadRows(
      [{ id: 1 }],
      { table, into: place.table(name), disposition: 'append', stream: null },
      place,
    );
  return ['one row loaded and read: bigquery.jobs.create, tables.getData, tables.updateData', true];
}

/** A DML statement that can touch no row; a project without billing refuses it. */
async function changeOne(place: Place, name: string): Promise<readonly [string, true]> {
  const ref = place.table(name);
  const sql = `INSERT INTO \`${ref.project}\`.\`${ref.dataset}\`.\`${name}\` (\`id\`) VALUES (2)`;
  await place.jobs.query({
    kind: 'commit',
    stream: null,
    statement: { sql, parameters: [] },
    isAbortable: true,
  });
  return ['rows can be changed (DML), nothing was billed', true];
}

async function removeTable(place: Place, name: string): Promise<readonly [string, true]> {
  const ref = place.table(name);
  await place.jobs.client.ask(
    { method: 'DELETE', path: pathOf(ref), what: `dropping ${name}` },
    place.signal,
    [404],
  );
  return ['what was made is gone again: bigquery.tables.delete', true];
}
