/** What runs have lately seen that no column holds, for `status`. */
import { withAdded } from '../catalog/added-columns.ts';
import type { Stream } from '../catalog/stream.ts';
import type { Config } from '../config/config.ts';
import { plural } from '../report/quantity.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { NEW_FIELD_DAYS, unknownPaths } from './new-fields.ts';

/** New fields that were seen of late. */
export interface DriftStatus {
  readonly fields: number;
  /** The streams that have some. */
  readonly streams: readonly string[];
}

/** Counts the fields that Harvest sent within the last 30 days and no column holds. */
export async function readDrift(
  warehouse: Warehouse,
  streams: readonly Stream[],
  { streams: { overrides } }: Config,
  now: Date,
): Promise<DriftStatus> {
  if (!(await warehouse.counts(['_schema_drift'])).has('_schema_drift')) return { fields: 0, streams: [] };
  const since = new Date(now.getTime() - NEW_FIELD_DAYS * 86_400_000).toISOString();
  const { rows } = await warehouse.query(
    `SELECT DISTINCT stream, path FROM _schema_drift WHERE last_seen_at > '${since}' ORDER BY stream, path`,
  );
  const found = streams.flatMap((stream) => {
    const paths = rows.flatMap(([name, path]) => (name === stream.name && path != null ? [path] : []));
    const fields = unknownPaths(withAdded(stream, overrides.get(stream.name)?.add), paths).length;
    return fields === 0 ? [] : [{ name: stream.name, fields }];
  });
  return {
    fields: found.reduce((sum, { fields }) => sum + fields, 0),
    streams: found.map(({ name }) => name),
  };
}

/** A line for people; none where there is nothing new. */
export function driftLines({ fields, streams }: DriftStatus): readonly string[] {
  if (fields === 0) return [];
  return [
    `${plural(fields, 'new field')} in ${streams.join(', ')} in the last ${NEW_FIELD_DAYS} days: harvest-bq discover --diff`,
  ];
}
