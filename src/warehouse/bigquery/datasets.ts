/** The two datasets: found or made, and in one place. */
import { ConnectorError } from '../../errors.ts';
import { asObject, type BigQueryClient } from './client.ts';
import { STAGING_EXPIRES_MS } from './place.ts';

/** A dataset as it is. */
export interface Dataset {
  readonly location: string;
  /** Whether its tables expire by themselves, and not before a run is over. */
  readonly expires: boolean;
}

/** The names that matter, from the configuration. */
export interface DatasetNames {
  readonly dataset: string;
  readonly stagingDataset: string;
  /** Where they have to be; null: wherever the dataset is. */
  readonly location: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

/** The label `app` of datasets that the connector has made. */
export const DATASET_LABEL = 'harvest-bq';

/** BigQuery's own default. @see Google Cloud, BigQuery, "Dataset locations" (checked 2026-11-24) */
const DEFAULT_LOCATION = 'US';

/** A dataset, or null where there is none. @throws ConnectorError BIGQUERY_* */
export async function readDataset(
  client: BigQueryClient,
  dataset: string,
  signal: AbortSignal,
): Promise<Dataset | null> {
  const what = `reading dataset ${client.project}.${dataset}`;
  const answer = await client.ask({ method: 'GET', path: `/datasets/${dataset}`, what }, signal, [404]);
  if (answer === null) return null;
  const { location, defaultTableExpirationMs } = asObject(answer, what);
  return { location: String(location), expires: Number(defaultTableExpirationMs ?? 0) >= STAGING_EXPIRES_MS };
}

/** The dataset, made where it is missing. @throws ConnectorError BIGQUERY_LOCATION before anything is made */
export async function ensureDataset(
  client: BigQueryClient,
  names: DatasetNames,
  signal: AbortSignal,
): Promise<Dataset> {
  const found = await readDataset(client, names.dataset, signal);
  const staging = await readDataset(client, names.stagingDataset, signal);
  if (found !== null) assertLocation(client.project, names, found);
  const location = found?.location ?? names.location ?? staging?.location ?? DEFAULT_LOCATION;
  if (staging !== null) assertStagingLocation(client.project, names, staging, location);
  if (found !== null) return found;
  const body = { location, labels: names.labels, description: DESCRIPTION };
  const made = await makeDataset(client, names.dataset, body, signal);
  // another run may have made it, and elsewhere
  assertLocation(client.project, names, made);
  return made;
}

/** The staging dataset, made where it is missing: hidden by its name, and forgetful. */
export async function ensureStaging(
  client: BigQueryClient,
  names: DatasetNames,
  location: string,
  signal: AbortSignal,
): Promise<Dataset> {
  const found = await readDataset(client, names.stagingDataset, signal);
  if (found !== null) {
    assertStagingLocation(client.project, names, found, location);
    return found;
  }
  const defaultTableExpirationMs = String(STAGING_EXPIRES_MS);
  const body = {
    location,
    labels: { app: DATASET_LABEL },
    description: STAGING_DESCRIPTION,
    defaultTableExpirationMs,
  };
  const made = await makeDataset(client, names.stagingDataset, body, signal);
  assertStagingLocation(client.project, names, made, location);
  return made;
}

/** @throws ConnectorError BIGQUERY_LOCATION */
export function assertLocation(project: string, { dataset, location }: DatasetNames, found: Dataset): void {
  if (location === null || location.toLowerCase() === found.location.toLowerCase()) return;
  throw new ConnectorError(
    'BIGQUERY_LOCATION',
    `Dataset ${project}.${dataset} is in ${found.location}, and destination.location is ${location}`,
    {
      hint: `Set destination.location: ${found.location}, or choose another destination.dataset; nothing was written.`,
      details: { dataset, location: found.location, configured: location },
    },
  );
}

/** @throws ConnectorError BIGQUERY_LOCATION */
export function assertStagingLocation(
  project: string,
  names: DatasetNames,
  staging: Dataset,
  location: string,
): void {
  if (staging.location.toLowerCase() === location.toLowerCase()) return;
  throw new ConnectorError(
    'BIGQUERY_LOCATION',
    `Staging dataset ${project}.${names.stagingDataset} is in ${staging.location}, and ${names.dataset} is in ${location}: one query cannot read both`,
    {
      hint: `Choose another destination.staging_dataset, such as ${names.stagingDataset}_${location.toLowerCase().replaceAll('-', '_')}; nothing was written.`,
      details: { dataset: names.stagingDataset, location: staging.location, wanted: location },
    },
  );
}

const DESCRIPTION = 'Harvest (time tracking, expenses, invoices), kept current by harvest-bq.';
const STAGING_DESCRIPTION = 'Temporary tables of harvest-bq; they expire by themselves.';

async function makeDataset(
  client: BigQueryClient,
  dataset: string,
  options: object,
  signal: AbortSignal,
): Promise<Dataset> {
  const body = { datasetReference: { projectId: client.project, datasetId: dataset }, ...options };
  const what = `making dataset ${client.project}.${dataset}`;
  // 409: another run was faster, or the answer to our own request was lost
  await client.ask({ method: 'POST', path: '/datasets', body, what }, signal, [409]);
  const made = await readDataset(client, dataset, signal);
  if (made === null) throw new ConnectorError('BIGQUERY_UNAVAILABLE', `BigQuery, ${what}: it is not there`);
  return made;
}
