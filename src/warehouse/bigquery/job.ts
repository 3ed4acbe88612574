import { ConnectorError } from '../../errors.ts';
import type { JobNote, WarehouseSession } from '../door.ts';
import type { BigQueryClient } from './client.ts';
import type { UploadFile } from './upload.ts';

/** A job to be carried out. */
export interface JobOrder {
  /** Its id without the number of the attempt. */
  readonly id: string;
  readonly kind: JobNote['kind'];
  /** The stream on whose account it runs; null: the run's. */
  readonly stream: string | null;
  /** `configuration` of the REST API, with labels. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The rows of a load job. */
  readonly file?: UploadFile;
  /** Whether it is given up when the run has to end. */
  readonly isAbortable: boolean;
}

/** A job that is DONE and went well. */
export interface FinishedJob {
  readonly id: string;
  readonly statistics: Readonly<Record<string, unknown>>;
  /** Whether it was there before this process had sent anything. */
  readonly isOld: boolean;
}

/** Where jobs run, and who is told of them. */
export interface JobDeps {
  readonly client: BigQueryClient;
  readonly location: string;
  readonly session: WarehouseSession;
}

/** The same failure, with the id of the job that it befell. */
export function named(error: ConnectorError, id: string): ConnectorError {
  return new ConnectorError(error.code, error.message, {
    hint: error.hint,
    details: { ...error.details, job_id: id },
    cause: error.cause,
  });
}
