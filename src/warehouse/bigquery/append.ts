/** Rows for the connector's own tables: loaded by a job, which bills nothing and cannot add them twice. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row, RowValue, Table } from '../table.ts';
import { BlockFile } from './block-file.ts';
import { fieldsOf, stagingField } from './columns.ts';
import type { FinishedJob } from './job.ts';
import type { Place } from './place.ts';
import type { TableRef } from './sql.ts';

/** Where rows are to be loaded. */
export interface AppendOrder {
  readonly table: Table;
  readonly into: TableRef;
  readonly disposition: 'append' | 'replace';
  readonly stream: string | null;
  /** See LoadOrder.once. */
  readonly once?: string;
}

/** Loads rows of a table. */
export async function loadRows(
  rows: AsyncIterable<Row> | readonly Row[],
  order: AppendOrder,
  place: Place,
): Promise<FinishedJob> {
  const path = join(place.spools.path, `rows-${randomUUID()}.ndjson`);
  try {
    await using file = await BlockFile.create(path);
    for await (const row of rows) await file.line(lineOf(row, order.table));
    const digest = await file.end();
    return await place.jobs.load({
      kind: 'append',
      stream: order.stream,
      table: order.into,
      fields: order.disposition === 'replace' ? fieldsOf(order.table).map(stagingField) : null,
      file: { path, bytes: file.bytes },
      digest,
      disposition: order.disposition,
      ...(order.once === undefined ? {} : { once: order.once }),
    });
  } finally {
    await rm(path, { force: true });
  }
}

function lineOf(row: Row, table: Table): string {
  const values = table.columns.map(({ name, type }) => {
    const value = row[name] ?? null;
    return [name, type === 'JSON' ? jsonValue(value) : value] as const;
  });
  return JSON.stringify(
    Object.fromEntries(values.filter(([, value]) => value !== null)),
    (_name, part: unknown) => (typeof part === 'string' ? part.toWellFormed() : part),
  );
}

/**
 * What a JSON column is given: the value itself. A text that is JSON is read, and a number in it that a double cannot
 * carry stays as text, since BigQuery's JSON cannot carry it either.
 * @see Google Cloud, BigQuery, "JSON functions", PARSE_JSON, wide_number_mode (checked 2026-11-24)
 */
function jsonValue(value: RowValue): RowValue {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value, (_name, part: unknown, context?: { source?: string }) => {
      const source = context?.source;
      return typeof part === 'number' && source !== undefined && !isCarried(part, source) ? source : part;
    }) as RowValue;
  } catch {
    return value;
  }
}

function isCarried(number: number, source: string): boolean {
  const isLost = number === 0 && /^-?[\d.]*[1-9]/.test(source);
  return Number.isFinite(number) && !isLost && source.replace(/^-?0*|\.?0*$|\D/g, '').length <= 15;
}
