/** `check`: tries everything that a run needs of BigQuery, each permission by its name, and cleans up after itself. */
import { randomBytes } from 'node:crypto';
import type { ConnectorError } from '../../errors.ts';
import { classify } from '../../classify/classify.ts';
import type { WarehouseSession } from '../door.ts';
import { loadRows } from './append.ts';
import { assertLocation, assertStagingLocation, readDataset, type Dataset } from './datasets.ts';
import { pathOf } from './live.ts';
import { referenceOf } from './orders.ts';
import type { Place } from './place.ts';
import { place as pathInSql } from './sql.ts';
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
  /** Opens a session in a location; `dataset` stands for both datasets where they are not there yet. Makes none. */
  readonly placeIn: (location: string, dataset: string | null) => Promise<Place>;
  readonly client: Place['jobs']['client'];
}

type Attempt = <Result>(
  name: string,
  task: () => Promise<readonly [string, Result]>,
) => Promise<Result | null>;

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
  const attempt: Attempt = async <Result>(
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
  const isComplete = target.found !== null && staging.found !== null;
  const probe = `_harvest_bq_check_${randomBytes(6).toString('hex')}`;
  if (!isComplete) {
    const made = await attempt('permissions', () => makeDataset(client, probe, where, session.signal));
    if (made === null) return findings;
  }
  const place = await placeIn(where, isComplete ? null : probe);
  try {
    await examineTables(place, probe, attempt);
    return findings;
  } finally {
    await place.spools[Symbol.asyncDispose]();
    if (!isComplete) await attempt('removal', () => removeDataset(client, probe, session.signal));
  }
}

/** Makes a table, fills it, changes it and removes it. */
async function examineTables(place: Place, table: string, attempt: Attempt): Promise<void> {
  const made = await attempt('tables', () => makeTable(place, table));
  if (made === null) return;
  try {
    await attempt('changing', () => changeTable(place, table));
    await attempt('load', () => loadOne(place, table));
    await attempt('rows', () => changeRows(place, table));
  } finally {
    await attempt('clean-up', () => removeTable(place, table));
  }
}

/** The dataset of a first sync is not there yet: one is made, in which the rest is tried, and which goes at the end. */
async function makeDataset(
  client: Examination['client'],
  dataset: string,
  location: string,
  signal: AbortSignal,
): Promise<readonly [string, true]> {
  const datasetReference = { projectId: client.project, datasetId: dataset };
  const body = { datasetReference, location, defaultTableExpirationMs: '3600000' };
  const what = `making dataset ${dataset}`;
  await client.ask({ method: 'POST', path: '/datasets', body, what }, signal, [409]);
  return ['datasets can be made: bigquery.datasets.create', true];
}

async function removeDataset(
  client: Examination['client'],
  dataset: string,
  signal: AbortSignal,
): Promise<readonly [string, true]> {
  const query = { deleteContents: true };
  const what = `removing dataset ${dataset}`;
  await client.ask({ method: 'DELETE', path: `/datasets/${dataset}`, query, what }, signal, [404]);
  return ['the dataset of this check is gone again: bigquery.datasets.delete', true];
}

const FIELDS = [{ name: 'id', type: 'INTEGER', mode: 'NULLABLE' }];

async function makeTable(place: Place, name: string): Promise<readonly [string, true]> {
  const ref = place.table(name);
  const expirationTime = String(Date.now() + 3_600_000);
  const body = { tableReference: referenceOf(ref), schema: { fields: FIELDS }, expirationTime };
  const what = `making table ${name}`;
  const call = { method: 'POST', path: `/datasets/${ref.dataset}/tables`, body, what } as const;
  await place.jobs.client.ask(call, place.signal, [409]);
  return ['a table was made: bigquery.tables.create', true];
}

async function changeTable(place: Place, name: string): Promise<readonly [string, true]> {
  const { client } = place.jobs;
  const path = pathOf(place.table(name));
  await client.ask({ method: 'GET', path, what: `reading table ${name}` }, place.signal);
  const body = { description: 'Made by harvest-bq check; it goes at once.' };
  await client.ask({ method: 'PATCH', path, body, what: `changing table ${name}` }, place.signal);
  return ['read and changed: bigquery.tables.get, .update', true];
}

async function loadOne(place: Place, name: string): Promise<readonly [string, true]> {
  const { client } = place.jobs;
  const column = { name: 'id', type: 'INT64', mode: 'NULLABLE', description: '' } as const;
  const table = { name, kind: 'housekeeping', description: '', columns: [column], primaryKey: [] } as const;
  const staged = place.staging(`${name}_staged`);
  await loadRows([{ id: 1 }], { table, into: staged, disposition: 'replace', stream: null }, place);
  const path = pathOf(staged);
  const query = { maxResults: 1 };
  await client.ask({ method: 'GET', path: `${path}/data`, query, what: `listing ${name}` }, place.signal);
  await client.ask({ method: 'DELETE', path, what: `dropping ${name}` }, place.signal, [404]);
  await loadRows([{ id: 1 }], { table, into: place.table(name), disposition: 'append', stream: null }, place);
  return ['one row loaded and read: bigquery.jobs.create, tables.getData, tables.updateData', true];
}

/** A project without billing refuses this. INSERT of values reads nothing, so it is not billed. */
async function changeRows(place: Place, name: string): Promise<readonly [string, true]> {
  const sql = `INSERT INTO ${pathInSql(place.table(name))} (\`id\`) VALUES (2)`;
  const statement = { sql, parameters: [] };
  await place.jobs.query({ kind: 'commit', stream: null, statement, isAbortable: true });
  return ['rows can be changed (DML), nothing was billed', true];
}

async function removeTable(place: Place, name: string): Promise<readonly [string, true]> {
  const call = { method: 'DELETE', path: pathOf(place.table(name)), what: `dropping ${name}` } as const;
  await place.jobs.client.ask(call, place.signal, [404]);
  return ['what was made is gone again: bigquery.tables.delete', true];
}
