/**
 * Which permissions a request needs, and how BigQuery refuses without one.
 * @see https://cloud.google.com/bigquery/docs/access-control and the reference of each method (checked 2026-11-24)
 */
import { accessDenied, jobsDenied, type ErrorAnswer } from './documented-errors.ts';
import type { Described, RequestKind } from './requests.ts';

/** A permission that can be denied. */
export type Permission =
  | 'bigquery.datasets.get'
  | 'bigquery.datasets.create'
  | 'bigquery.datasets.update'
  | 'bigquery.datasets.delete'
  | 'bigquery.tables.list'
  | 'bigquery.tables.get'
  | 'bigquery.tables.create'
  | 'bigquery.tables.update'
  | 'bigquery.tables.delete'
  | 'bigquery.tables.getData'
  | 'bigquery.tables.updateData'
  | 'bigquery.jobs.create';

const NEEDED: Readonly<Partial<Record<RequestKind, readonly Permission[]>>> = {
  'dataset.get': ['bigquery.datasets.get'],
  'dataset.insert': ['bigquery.datasets.create'],
  'dataset.patch': ['bigquery.datasets.update'],
  'dataset.delete': ['bigquery.datasets.delete'],
  'table.list': ['bigquery.tables.list'],
  'table.get': ['bigquery.tables.get'],
  'table.insert': ['bigquery.tables.create'],
  'table.patch': ['bigquery.tables.update'],
  'table.delete': ['bigquery.tables.delete'],
  'tabledata.list': ['bigquery.tables.getData'],
  'tabledata.insertAll': ['bigquery.tables.updateData'],
  'job.insert.query': ['bigquery.jobs.create', 'bigquery.tables.getData'],
  'job.insert.load': ['bigquery.jobs.create', 'bigquery.tables.updateData'],
  'job.insert.other': ['bigquery.jobs.create'],
  'upload.start': ['bigquery.jobs.create', 'bigquery.tables.updateData'],
  queries: ['bigquery.jobs.create', 'bigquery.tables.getData'],
};

/** Statements that change rows; enough to know that a job needs `updateData`. */
const CHANGES_ROWS = /\b(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE)\b/i;

/** The refusal of a request for which a permission is missing; null: none is. */
export function refusalOf(request: Described, denied: ReadonlySet<Permission>): ErrorAnswer | null {
  const missing = needed(request).find((permission) => denied.has(permission));
  if (missing === undefined) return null;
  const project = request.project ?? '';
  if (missing === 'bigquery.jobs.create') return jobsDenied(project);
  return accessDenied(missing, resourceOf(request, missing, project));
}

function needed(request: Described): readonly Permission[] {
  const always = NEEDED[request.kind] ?? [];
  const writes = CHANGES_ROWS.test(request.job?.sql ?? '') || request.job?.destination != null;
  return request.kind === 'job.insert.query' && writes ? [...always, 'bigquery.tables.updateData'] : always;
}

function resourceOf(request: Described, permission: Permission, project: string): string {
  if (permission === 'bigquery.datasets.create') return `Project ${project}`;
  const isOfTable = permission.startsWith('bigquery.tables.') && permission !== 'bigquery.tables.create';
  if (isOfTable && request.table !== null) return `Table ${project}:${request.dataset}.${request.table}`;
  if (isOfTable && request.job?.destination != null) return `Table ${project}:${request.job.destination}`;
  return `Dataset ${project}:${request.dataset ?? '?'}`;
}
