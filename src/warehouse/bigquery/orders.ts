/** From statements and files to jobs: ids bound to the content, labels, caps and time limits. */
import { createHash } from 'node:crypto';
import type { JobNote, WarehouseSession } from '../door.ts';
import type { BigQueryClient } from './client.ts';
import type { Field } from './columns.ts';
import type { FinishedJob } from './job.ts';
import { runJob } from './jobs.ts';
import type { Parameter, Statement, TableRef } from './sql.ts';
import type { UploadFile } from './upload.ts';

/** A query or script to be run. */
export interface QueryOrder {
  readonly kind: JobNote['kind'];
  readonly stream: string | null;
  readonly statement: Statement;
  /** Where the result goes; absent: to whoever asks for it. What stood there is replaced. */
  readonly into?: TableRef;
  /** The dataset of tables that are named without one. */
  readonly dataset?: string;
  /** Whether it is given up when the run has to end. */
  readonly isAbortable: boolean;
  readonly dryRun?: boolean;
  /** Tells an order from an earlier one of the same content that has to be carried out again. */
  readonly once?: string;
}

/** A file of rows to be loaded. */
export interface LoadOrder {
  readonly kind: JobNote['kind'];
  readonly stream: string | null;
  readonly table: TableRef;
  /** The schema; null: that of the table, which is there. */
  readonly fields: readonly Field[] | null;
  readonly file: UploadFile;
  /** SHA-256 of the file, hexadecimal. */
  readonly digest: string;
  /** `replace`: a staging table, made where it is missing. `append`: a table that is there. */
  readonly disposition: 'replace' | 'append';
  /** A name that stands for the job instead of its content: at most once for each name. */
  readonly once?: string;
}

/** What all jobs of a session have in common. */
export interface JobDefaults {
  readonly connector: string;
  readonly location: string;
  readonly maximumBytesBilled: number;
  readonly session: WarehouseSession;
}

/** BigQuery stops a job that takes longer, in milliseconds. */
const JOB_TIMEOUT_MS = 20 * 60_000;

/** Makes jobs and carries them out. */
export class Jobs {
  readonly client: BigQueryClient;
  readonly defaults: JobDefaults;

  constructor(client: BigQueryClient, defaults: JobDefaults) {
    this.client = client;
    this.defaults = defaults;
  }

  /** Runs a query. @throws ConnectorError BIGQUERY_* */
  query({
    kind,
    stream,
    statement,
    into,
    dataset,
    isAbortable,
    dryRun,
    once,
  }: QueryOrder): Promise<FinishedJob> {
    const query = {
      query: statement.sql,
      useLegacySql: false,
      ...(dataset === undefined
        ? {}
        : { defaultDataset: { projectId: this.client.project, datasetId: dataset } }),
      maximumBytesBilled: String(this.defaults.maximumBytesBilled),
      ...(statement.parameters.length === 0
        ? {}
        : { parameterMode: 'NAMED', queryParameters: statement.parameters.map(parameterOf) }),
      ...(into === undefined
        ? {}
        : {
            destinationTable: referenceOf(into),
            writeDisposition: 'WRITE_TRUNCATE',
            createDisposition: 'CREATE_IF_NEEDED',
          }),
    };
    const configuration = { query, ...this.#common(stream), ...(dryRun === true ? { dryRun } : {}) };
    const id = this.#id(
      kind,
      stream,
      createHash('sha256')
        .update(JSON.stringify(configuration) + (once ?? ''))
        .digest('hex'),
    );
    return runJob({ id, kind, stream, configuration, isAbortable }, this.#deps);
  }

  /** Loads a file. @throws ConnectorError BIGQUERY_* */
  load({ kind, stream, table, fields, file, digest, disposition, once }: LoadOrder): Promise<FinishedJob> {
    const isReplaced = disposition === 'replace';
    const load = {
      destinationTable: referenceOf(table),
      sourceFormat: 'NEWLINE_DELIMITED_JSON',
      ...(fields === null ? {} : { schema: { fields } }),
      autodetect: false,
      maxBadRecords: 0,
      ignoreUnknownValues: false,
      writeDisposition: isReplaced ? 'WRITE_TRUNCATE' : 'WRITE_APPEND',
      createDisposition: isReplaced ? 'CREATE_IF_NEEDED' : 'CREATE_NEVER',
    };
    const configuration = { load, ...this.#common(stream) };
    const content = once ?? `${JSON.stringify(configuration)}\n${digest}`;
    const id = this.#id(
      kind,
      stream,
      createHash('sha256')
        .update(`${table.project}.${table.dataset}.${table.table}\n${content}`)
        .digest('hex'),
    );
    return runJob({ id, kind, stream, configuration, file, isAbortable: isReplaced }, this.#deps);
  }

  get #deps(): Parameters<typeof runJob>[1] {
    const { location, session } = this.defaults;
    return { client: this.client, location, session };
  }

  /** @see Google Cloud, BigQuery REST API, JobReference (checked 2026-11-24): letters, digits, _ and - */
  #id(kind: string, stream: string | null, digest: string): string {
    const names = ['harvest', this.defaults.connector, stream ?? 'run', kind].map((name) =>
      name.replaceAll(/[^A-Za-z0-9_-]/g, '_'),
    );
    return `${names.join('_')}_${digest.slice(0, 24)}`;
  }

  #common(stream: string | null): object {
    const labels = {
      app: 'harvest-bq',
      connector: label(this.defaults.connector),
      run: label(this.defaults.session.runId ?? 'none'),
      ...(stream === null ? {} : { stream: label(stream) }),
    };
    return { labels, jobTimeoutMs: String(JOB_TIMEOUT_MS) };
  }
}

/** A text as the value of a label: lower case, at most 63 letters, digits, _ and -. */
export function label(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '_')
    .slice(0, 63);
}

/** A table as the REST API names it. */
export function referenceOf({ project, dataset, table }: TableRef): object {
  return { projectId: project, datasetId: dataset, tableId: table };
}

/** A parameter as the REST API wants it. */
export function parameterOf(parameter: Parameter): object {
  const { name } = parameter;
  if (parameter.type === 'STRUCT[]') {
    const structTypes = Object.entries(parameter.fields).map(([field, type]) => ({
      name: field,
      type: { type },
    }));
    return {
      name,
      parameterType: { type: 'ARRAY', arrayType: { type: 'STRUCT', structTypes } },
      parameterValue: {
        arrayValues: parameter.value.map((item) => ({
          structValues: Object.fromEntries(
            Object.keys(parameter.fields).map((field) => [field, { value: item[field] ?? null }]),
          ),
        })),
      },
    };
  }
  return { name, parameterType: { type: parameter.type }, parameterValue: { value: parameter.value } };
}
