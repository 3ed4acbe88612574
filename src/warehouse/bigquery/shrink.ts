import { ConnectorError } from '../../errors.ts';
import { countUnmarked } from './gone-sql.ts';
import { readLiveTable, readResult } from './live.ts';
import type { Place } from './place.ts';
import type { StagedLoad } from './staging.ts';

/** A refresh may always remove this many rows. */
const FREE_REMOVALS = 100;

/**
 * Refuses a refresh that would remove more than half of a table.
 * @throws ConnectorError REFRESH_SHRINKS
 */
export async function refuseShrinking({ load, shape, comparison }: StagedLoad, place: Place): Promise<void> {
  const { goneByScope } = comparison;
  if (load.scope.kind !== 'all' || load.scope.allowShrink) return;
  if (load.deletes === 'keep' || load.missing === 'tell') return;
  if (goneByScope <= FREE_REMOVALS) return;
  const present = shape.hasMark
    ? await countAlive({ load, shape }, place)
    : await countAll(load.table.name, place);
  if (goneByScope * 2 <= present) return;
  const table = load.table.name;
  throw new ConnectorError(
    'REFRESH_SHRINKS',
    `The refresh would remove ${goneByScope} of ${present} rows of ${table}`,
    {
      details: { table, rows: present, removed: goneByScope },
    },
  );
}

async function countAll(table: string, place: Place): Promise<number> {
  return (await readLiveTable(place.jobs.client, place.table(table), place.signal))?.rows ?? 0;
}

async function countAlive(
  { load, shape }: Pick<StagedLoad, 'load' | 'shape'>,
  place: Place,
): Promise<number> {
  const statement = countUnmarked(shape.table, place.nameOf(['unmarked', load.table.name]));
  const { id } = await place.jobs.query({
    kind: 'compare',
    stream: load.stream,
    statement,
    isAbortable: true,
  });
  const { rows } = await readResult(place.jobs.client, id, place.jobs.defaults.location, place.signal);
  return Number(rows[0]?.[0] ?? 0);
}
