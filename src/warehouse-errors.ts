/** The part of the table of errors that is about where the rows go. */
import { spec, type ErrorSpec } from './error-kinds.ts';

export const WAREHOUSE_ERRORS = {
  SCHEMA_INCOMPATIBLE: spec(
    'data',
    'A table in the warehouse differs from what the stream needs in a way that cannot be added to.',
    'A column was changed by hand, or the table was made by something else.',
    'Rename or drop that table, then sync the stream with --full-refresh.',
  ),
  REFRESH_SHRINKS: spec(
    'data',
    'A full refresh would remove more than half of a table.',
    'Harvest sent far fewer records than are stored.',
    'If that is right, run again with --allow-shrink.',
  ),
  WAREHOUSE_BUSY: spec(
    'conflict',
    'The DuckDB file is open in another program.',
    'A query tool or notebook holds it open.',
    'Close it there, then run again.',
  ),
  WAREHOUSE_NOT_DUCKDB: spec(
    'config',
    'The file is not a DuckDB database of a version that can be read.',
    'destination.path names another file, or one written by a newer DuckDB.',
    'Choose another destination.path; the file was left as it is.',
  ),
  WAREHOUSE_UNWRITABLE: spec(
    'config',
    'The warehouse file cannot be written.',
    'The folder does not exist, is read-only, or a file stands in its place.',
    'Choose another destination.path or mend the permissions.',
  ),
  WAREHOUSE_MISSING: spec(
    'config',
    'The warehouse does not exist yet.',
    'Nothing was synced into it so far.',
    'Fill it with: harvest-bq sync',
  ),
  WAREHOUSE_FAILED: spec(
    'transient',
    'The warehouse could not carry out a statement.',
    'The reason it gave stands in the message.',
    'Nothing was committed; run again, and report it if it stays.',
  ),
  BIGQUERY_CREDENTIALS: spec(
    'auth',
    'Google did not accept the credentials, or there are none.',
    'No login on this machine, an expired or revoked one, or a service account that may not be impersonated.',
    'Log in with: gcloud auth application-default login. On Cloud Run, give the job a service account.',
  ),
  BIGQUERY_PERMISSION: spec(
    'auth',
    'The Google account lacks a permission.',
    'A role is missing on the project or on one of the two datasets.',
    'Grant the permission that is named; docs/deploy.md lists the roles. Then run: harvest-bq check',
  ),
  BIGQUERY_PROJECT_UNKNOWN: spec(
    'config',
    'There is no such Google Cloud project, or BigQuery is not switched on in it.',
    'destination.project is mistyped, or the API was never enabled.',
    'Correct destination.project, or run: gcloud services enable bigquery.googleapis.com',
  ),
  BIGQUERY_LOCATION: spec(
    'config',
    'A dataset is in another location than it has to be.',
    'destination.location differs from where the dataset was made, or the two datasets are in two places.',
    'Set destination.location to where the dataset is, or choose another destination.dataset; nothing was written.',
  ),
  BIGQUERY_NO_BILLING: spec(
    'config',
    'The project cannot change rows: it has no billing account.',
    'A BigQuery sandbox project can load and query, but has no MERGE, INSERT or DELETE.',
    'Link a billing account to the project; the free tier usually covers this connector.',
  ),
  BIGQUERY_BYTES_CAP: spec(
    'config',
    'A job would be billed for more than the cap allows, so BigQuery did not run it.',
    'The table has grown beyond destination.maximum_bytes_billed.',
    'Raise destination.maximum_bytes_billed; nothing was billed or written.',
  ),
  BIGQUERY_QUOTA: spec(
    'transient',
    'A quota of the Google Cloud project is used up.',
    'Other jobs of the project, or very frequent runs.',
    'Run again when the quota is renewed (daily ones at midnight Pacific time), or ask Google to raise it.',
  ),
  BIGQUERY_THROTTLED: spec(
    'transient',
    'BigQuery kept answering that there are too many requests or changes.',
    'Other jobs work on the same tables or project.',
    'Run again later; nothing was committed.',
  ),
  BIGQUERY_UNAVAILABLE: spec(
    'transient',
    'BigQuery could not be reached or kept failing.',
    'An outage at Google, or the network between.',
    'Nothing is lost: run again later; the checkpoint did not move.',
  ),
  BIGQUERY_CONTENTION: spec(
    'transient',
    'BigQuery kept aborting the transaction, since something else changes the same tables.',
    'Another program writes to tables of this connector.',
    'Find it in the job history of the project, stop it, then run again; nothing was committed.',
  ),
  BIGQUERY_REFUSED: spec(
    'data',
    'BigQuery refused a job.',
    'The reason it gave stands in the message.',
    'Nothing was committed; if the reason does not help, report it with the job id.',
  ),
  DISK_FULL: spec(
    'transient',
    'The disk is full.',
    'The warehouse file or the temporary folder has no room left.',
    'Make room (TMPDIR chooses the temporary folder), then run again; nothing was committed.',
  ),
} as const satisfies Record<string, ErrorSpec>;
