/** What the stand-ins of a plan have to know of the run. */
import type { Stream } from '../../catalog/stream.ts';
import type { RunContext } from '../context.ts';
import { rowsIn } from '../settle/spans.ts';
import type { DateSpan } from '../state.ts';
import type { Looks } from './looks.ts';
import type { PlanClient, PlannedRun } from './plan-client.ts';
import type { PlannedTables } from './plan-warehouse.ts';

/** A date before all others, to ask for everything that has one. */
const EARLIEST_DATE = '0001-01-01';

/** Tells the stand-ins what they ask, from the checkpoints as they were before the run. */
export function plannedRun(
  context: RunContext,
  looks: Looks,
  client: PlanClient,
  { fullRefresh }: { readonly fullRefresh: boolean },
): PlannedRun & PlannedTables {
  const { config, states, refreshed, catalog, warehouse } = context;
  const { startDate } = config;
  const loaded = new Set([...catalog.streams.keys()].filter((name) => states.cursor(name) !== null));
  const count = async (stream: Stream, query: Readonly<Record<string, string>>): Promise<number> =>
    (await looks.count(stream, query)).total;
  return {
    isKept: ({ name, sync }) => sync === 'incremental' && loaded.has(name) && !refreshed.has(name),
    isOwed: ({ name }) => (states.listNotes(name).missing ?? []).length > 0,
    isHiding: ({ name }) => states.listNotes(name).hidden === true,
    isRefilled: (name) => refreshed.has(name) && !fullRefresh,
    isLoaded: (name) => loaded.has(name),
    isCompared: (name) => {
      const stream = catalog.streams.get(name);
      return stream !== undefined && stream.parent === undefined && stream.sync !== 'report';
    },
    rowsIn: async ({ name, dated = null }, span: DateSpan) => {
      const live = await warehouse.readLive(name, dated, config.sync.deletes, name);
      const isAll = span.from === null && span.to === null;
      return isAll ? [...live.values()].reduce((sum, rows) => sum + rows, 0) : rowsIn(span, live);
    },
    expectedRows: async (name) => {
      const stream = catalog.streams.get(name);
      if (stream === undefined) return 0;
      if (stream.dated === undefined || startDate === null) {
        const isHiding = stream.hidden_by !== undefined && (await client.hides(stream));
        return (await count(stream, {})) + (isHiding ? await count(stream, stream.hidden_by ?? {}) : 0);
      }
      const dated = await count(stream, { from: startDate });
      if (stream.undated !== true) return dated;
      return dated + (await count(stream, {})) - (await count(stream, { from: EARLIEST_DATE }));
    },
  };
}
