/** What the parts of a scripted BigQuery tell each other. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorProto } from '../../bigquery/support/documented-errors.ts';
import type { Described, JobFacts } from '../../bigquery/support/requests.ts';
import type { Field } from '../../../src/warehouse/bigquery/columns.ts';

/** The project that there is. */
export const PROJECT = 'test';

/** A request as it came in, and what became of it. */
export interface SeenRequest extends Described {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The query as it was written. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body, if it is a JSON object. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Null: not answered, or the connection was broken. */
  status: number | null;
}

/** An answer: an object goes as JSON, a text as it is. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Only this part of the body is sent before the connection breaks. */
  readonly part?: number;
}

/** An answer that is well. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** What a job does; everything has a default. */
export interface JobScript {
  /** How it ends, if badly. */
  readonly error?: ErrorProto;
  /** How often it is looked at before it is done. */
  readonly looks?: number;
  /** The result of a query; a cell as the REST API writes it. */
  readonly fields?: readonly Field[];
  readonly rows?: readonly (readonly unknown[])[];
  /** `statistics.query` */
  readonly statistics?: Readonly<Record<string, unknown>>;
}

/** A table as the REST API tells of it. */
export type TableResource = Readonly<Record<string, unknown>> & { readonly etag: string };

/** What jobs work with. */
export interface Holdings {
  readonly origin: string;
  nextJob: JobScript | null;
  keepBytes: number | null;
  readonly scriptOf: (job: JobFacts) => JobScript;
  readonly datasets: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly tables: ReadonlyMap<string, TableResource>;
  readonly rows: Map<string, readonly (readonly unknown[])[]>;
  addTable(name: string, resource?: object): TableResource;
  page(
    rows: readonly (readonly unknown[])[],
    request: Pick<SeenRequest, 'query'>,
    cells: (row: readonly unknown[]) => readonly unknown[],
  ): object;
}
