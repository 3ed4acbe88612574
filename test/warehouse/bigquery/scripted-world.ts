/** What a scripted BigQuery holds: datasets and tables here, jobs and uploads in scripted-jobs.ts. */
import { duplicate, errorAnswer, notFound } from '../../bigquery/support/documented-errors.ts';
import type { JobFacts } from '../../bigquery/support/requests.ts';
import type { Field } from '../../../src/warehouse/bigquery/columns.ts';
import { ScriptedJobs } from './scripted-jobs.ts';
import {
  ok,
  PROJECT,
  type Answer,
  type Holdings,
  type JobScript,
  type SeenRequest,
  type TableResource,
} from './scripted-types.ts';

/** Everything that is there. */
export class World implements Holdings {
  origin = '';
  /** What the next job does, instead of what `scriptOf` says. */
  nextJob: JobScript | null = null;
  /** Of the next chunk only so many bytes are kept. */
  keepBytes: number | null = null;
  /** What a job does. */
  scriptOf: (job: JobFacts) => JobScript = () => ({});
  /** Rows of a page, whatever is asked for. */
  pageRows = 1_000_000;
  readonly datasets = new Map<string, Readonly<Record<string, unknown>>>();
  readonly tables = new Map<string, TableResource>();
  /** Rows of tables that are listed: cells in the order of the table's fields. */
  readonly rows = new Map<string, readonly (readonly unknown[])[]>();
  readonly jobs = new ScriptedJobs(this);
  #etags = 0;

  /** Puts a dataset there. */
  addDataset(dataset: string, location = 'EU', over: object = {}): void {
    this.datasets.set(dataset, {
      datasetReference: { projectId: PROJECT, datasetId: dataset },
      location,
      ...over,
    });
  }

  /** Puts a table there: `addTable('d.clients', { schema: { fields } })`. */
  addTable(name: string, resource: object = {}): TableResource {
    const [datasetId, tableId] = name.split('.');
    const tableReference = { projectId: PROJECT, datasetId, tableId };
    const type = 'view' in resource ? 'VIEW' : 'TABLE';
    return this.#put(name, { tableReference, numRows: '0', type, ...resource });
  }

  /** The answer to a request that nothing befell. */
  answer(request: SeenRequest): Answer {
    const { kind, project } = request;
    if (project !== null && project !== PROJECT) return notFound(`Project ${project}`);
    if (/^(job|upload)\./.test(kind)) return this.jobs.answer(request);
    if (kind.startsWith('dataset.')) return this.#dataset(request);
    if (kind.startsWith('table.')) return this.#table(request);
    if (kind === 'tabledata.list') return this.#list(request);
    return errorAnswer(404, { reason: 'notFound', message: `Not found: ${request.method} ${request.path}` });
  }

  /** A page of rows from the offset that the page token names. */
  page(
    rows: readonly (readonly unknown[])[],
    { query }: Pick<SeenRequest, 'query'>,
    cells: (row: readonly unknown[]) => readonly unknown[],
  ): object {
    const from = Number(query['pageToken'] ?? 0);
    const until = from + Math.min(this.pageRows, Number(query['maxResults'] ?? this.pageRows));
    return {
      totalRows: String(rows.length),
      rows: rows.slice(from, until).map((row) => ({ f: cells(row).map((v) => ({ v })) })),
      ...(until < rows.length ? { pageToken: String(until) } : {}),
    };
  }

  #dataset({ kind, dataset, json }: SeenRequest): Answer {
    const id = dataset ?? '';
    const found = this.datasets.get(id);
    if (kind === 'dataset.insert') {
      if (found !== undefined) return duplicate(`Dataset ${PROJECT}:${id}`);
      this.addDataset(id, String(json['location'] ?? 'US'), withoutLocation(json));
      return ok(this.datasets.get(id));
    }
    if (found === undefined) return notFound(`Dataset ${PROJECT}:${id}`);
    if (kind === 'dataset.delete') this.datasets.delete(id);
    return kind === 'dataset.delete' ? { status: 204, body: {} } : ok(found);
  }

  #table(request: SeenRequest): Answer {
    const { kind, dataset, table, json, headers } = request;
    const name = `${dataset}.${table}`;
    if (!this.datasets.has(dataset ?? '')) return notFound(`Dataset ${PROJECT}:${dataset}`);
    const found = this.tables.get(name);
    if (kind === 'table.insert') {
      if (found !== undefined) return duplicate(`Table ${PROJECT}:${name}`);
      return ok(this.addTable(name, json));
    }
    if (found === undefined) return notFound(`Table ${PROJECT}:${name}`);
    if (kind === 'table.get') return ok(found);
    const wanted = headers['if-match'];
    if (wanted !== undefined && wanted !== found.etag)
      return errorAnswer(412, { reason: 'conditionNotMet', message: 'Precondition Failed' });
    if (kind === 'table.delete') {
      this.tables.delete(name);
      return { status: 204, body: {} };
    }
    const refused = refusedSchema(found, json);
    if (refused !== null)
      return errorAnswer(400, {
        reason: 'invalid',
        message: `Provided Schema does not match Table ${PROJECT}:${name}. ${refused}`,
      });
    return ok(this.#put(name, { ...found, ...json }));
  }

  #list(request: SeenRequest): Answer {
    const name = `${request.dataset}.${request.table}`;
    const found = this.tables.get(name);
    if (found === undefined) return notFound(`Table ${PROJECT}:${name}`);
    const fields = fieldsOf(found);
    const selected = request.query['selectedFields']?.split(',');
    const cells = (row: readonly unknown[]): readonly unknown[] =>
      row.filter((_cell, at) => selected?.includes(fields[at]?.name ?? '') ?? true);
    return ok(this.page(this.rows.get(name) ?? [], request, cells));
  }

  #put(name: string, resource: object): TableResource {
    this.#etags += 1;
    const stored = { ...resource, etag: `etag-${this.#etags}` };
    this.tables.set(name, stored);
    return stored;
  }
}

/** The fields of a table. */
export function fieldsOf(table: Readonly<Record<string, unknown>>): readonly Field[] {
  return (table['schema'] as { fields?: readonly Field[] } | undefined)?.fields ?? [];
}

function withoutLocation({ location: _, ...others }: Readonly<Record<string, unknown>>): object {
  return others;
}

/** What BigQuery does not let a schema become; null: it may. */
function refusedSchema(found: TableResource, change: Readonly<Record<string, unknown>>): string | null {
  if (!('schema' in change)) return null;
  const [before, after] = [fieldsOf(found), fieldsOf(change)];
  const gone = before.find(({ name }) => !after.some((field) => field.name === name));
  if (gone !== undefined) return `Field ${gone.name} is missing in new schema`;
  const required = after.find(
    ({ name, mode }) => mode === 'REQUIRED' && !before.some((field) => field.name === name),
  );
  if (required !== undefined)
    return `Cannot add required fields to an existing schema. (field: ${required.name})`;
  const changed = after.find(({ name, type }) =>
    before.some((field) => field.name === name && field.type !== type),
  );
  return changed === undefined ? null : `Field ${changed.name} has changed type`;
}
