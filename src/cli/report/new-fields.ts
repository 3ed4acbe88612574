/** Properties that Harvest sent of late and no column holds, with what is noted of them. */
import { withAdded } from '../../catalog/added-columns.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import type { Stream } from '../../catalog/stream.ts';
import type { Config } from '../../config/config.ts';
import type { ReportedDrift } from '../../report/html/facts.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { NEW_FIELD_DAYS, unknownPaths } from '../new-fields.ts';
import { instantIn, numberIn, type TextRow } from './values.ts';

/** Notes that are read, the latest first. */
const NOTES = 2000;

/** Reads them, in the order of the streams. */
export async function readNewFields(
  warehouse: Warehouse,
  streams: readonly Stream[],
  { streams: { overrides } }: Config,
  now: Date,
): Promise<readonly ReportedDrift[]> {
  const since = now.getTime() - NEW_FIELD_DAYS * 86_400_000;
  const all = await warehouse.readHousekeeping(HOUSEKEEPING.schemaDrift, 'last_seen_at', NOTES);
  const lately = all.filter((row) => Date.parse(instantIn(row, 'last_seen_at') ?? '') > since);
  return streams.flatMap((stream) => {
    const rows = lately.filter((row) => row['stream'] === stream.name);
    const paths = [...new Set(rows.map(({ path }) => path ?? ''))].toSorted();
    const wide = withAdded(stream, overrides.get(stream.name)?.add);
    return unknownPaths(wide, paths).map((path) =>
      driftOf(
        stream.name,
        path,
        rows.filter((row) => row['path'] === path),
      ),
    );
  });
}

/** One property, whatever the types that it was seen with. */
function driftOf(stream: string, path: string, rows: readonly TextRow[]): ReportedDrift {
  const times = (name: string): readonly string[] =>
    rows.flatMap((row) => instantIn(row, name) ?? []).toSorted();
  return {
    stream,
    path,
    types: rows.map((row) => row['type_seen'] ?? '').toSorted(),
    occurrences: rows.reduce((sum, row) => sum + (numberIn(row, 'occurrences') ?? 0), 0),
    first_seen_at: times('first_seen_at')[0] ?? null,
    last_seen_at: times('last_seen_at').at(-1) ?? null,
  };
}
