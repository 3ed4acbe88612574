/** Puts the plan together from what a planned run has told. Pure. */
import { historyName } from '../../catalog/history.ts';
import type { StreamResult, SyncEvent } from '../../events.ts';
import type { RunContext } from '../context.ts';
import { FACTS } from '../follow-ups.ts';
import { earlier } from '../month.ts';
import { embeddedNames, type EmbeddedName } from '../names.ts';
import { bytesAtMost, type Writing } from './bytes.ts';
import type { Desk } from './desk.ts';
import { secondsAtLimits } from './limits.ts';
import type { PlanClient } from './plan-client.ts';
import type { Written } from './plan-warehouse.ts';
import { requestsOf, summarise } from './summarise.ts';
import type { PlannedColumns, PlannedRename, PlannedRequests, PlannedStream, SyncPlan } from './sync-plan.ts';

/** A run that was planned. */
export interface Planned {
  readonly context: RunContext;
  readonly results: readonly StreamResult[];
  readonly events: readonly SyncEvent[];
  /** The checkpoints before it, by stream. */
  readonly cursors: ReadonlyMap<string, string | null>;
  /** Rows that are stored, by table. */
  readonly rows: ReadonlyMap<string, number>;
  readonly desk: Desk;
  readonly client: Pick<PlanClient, 'cut'>;
  /** Whether there is a warehouse yet. */
  readonly isThere: boolean;
}

/** What is known beside it. */
export interface Beside {
  readonly written: Written;
  readonly questions: readonly string[];
  /** Requests that the plan has sent itself. */
  readonly sent: number;
  readonly options: { readonly withStatements: boolean };
}

/** The plan. */
export function compose(planned: Planned, { written, questions, sent, options }: Beside): SyncPlan {
  const { context, events, client, isThere } = planned;
  const { config, account } = context;
  const streams = streamsOf(planned);
  const renames = renamesOf(planned, written);
  const all = withRoleAfterReports(requestsOf(events), streams, planned, renames.length > 0);
  const moved = events.find((event) => event.event === 'start_date.moved');
  const { accountId, limits } = config.harvest;
  return {
    account: account.name === null ? accountId : `${account.name} (${accountId})`,
    warehouse: context.warehouse.label,
    warehouse_exists: isThere,
    planned_at: context.startedAt,
    streams,
    requests: { ...all, total: all.general + all.reports },
    limits,
    seconds: secondsAtLimits(all, limits),
    tables: written.changes,
    ...(options.withStatements ? { statements: written.statements } : {}),
    columns: columnsOf(events),
    emptied: written.emptied,
    histories: written.histories,
    renames,
    start_date_moved: moved === undefined ? null : { before: moved.before, after: moved.after },
    deletions_off: context.deletionsOff,
    questions,
    bytes_billed_at_most: bytesOf(planned, written, renames),
    asked: { requests: sent },
    notes: [...client.cut].map(
      (stream) => `${stream}: more changed than was looked at; what follows from the rest is not counted`,
    ),
  };
}

function streamsOf({ context, results, events, cursors, rows, desk }: Planned): readonly PlannedStream[] {
  return results.map((result) => {
    const name = result.stream;
    const own = events.filter((event) => 'stream' in event && event.stream === name);
    const stream = context.catalog.streams.get(name);
    if (stream === undefined) throw new Error(`${name} is no stream`);
    const cursor = cursors.get(name) ?? null;
    return summarise(
      {
        stream,
        result,
        since: cursor === null ? null : earlier(cursor, context.config.sync.overlapMs),
        rowsInHarvest: desk.totalOf(name),
        rowsStored: rows.get(name) ?? null,
        isCompared: stream.parent === undefined && stream.sync === 'incremental',
      },
      own,
    );
  });
}

/** A run that has written reports looks at its role once more; reports are written where facts or names changed, or anew. */
function withRoleAfterReports(
  requests: PlannedRequests,
  streams: readonly PlannedStream[],
  { cursors }: Planned,
  isRenamed: boolean,
): PlannedRequests {
  const changed =
    isRenamed ||
    FACTS.some((fact) =>
      streams.some(({ stream, rows_changed: rows, rows_deleted: gone, mode }) => {
        return stream === fact && ((rows ?? 0) + gone > 0 || mode === 'first load');
      }),
    );
  const isWritten = streams.some(
    ({ stream, months }) => (months ?? 0) > 0 && (changed || cursors.get(stream) === null),
  );
  return isWritten ? { ...requests, general: requests.general + 1 } : requests;
}

/** How often a stream may compare and commit: as often as rows would change, or as windows are read whose rows are not known. */
function writingOf({ context, results, events }: Planned): readonly Writing[] {
  return results.map(({ stream }) => {
    const own = events.filter((event) => 'stream' in event && event.stream === stream);
    const changed = own.filter(
      (event) => event.event === 'rows.committed' && event.inserted + event.updated + event.deleted > 0,
    );
    const unknown = own.filter(
      (event) => event.event === 'window.chosen' && !SEEN.has(event.mode) && event.window !== 'nothing more',
    );
    const history = context.histories.has(stream) ? historyName(stream) : null;
    return { table: stream, history, times: Math.max(changed.length, unknown.length) };
  });
}

/** Windows whose rows a plan sees, or of which it knows that they are none. */
const SEEN: ReadonlySet<string> = new Set(['incremental', 'count']);

function bytesOf(planned: Planned, { bytes }: Written, renames: readonly PlannedRename[]): number | null {
  if (bytes === null) return null;
  const renamed = renames.flatMap(({ tables }) => tables);
  return bytesAtMost(writingOf(planned), renamed, bytes);
}

function columnsOf(events: readonly SyncEvent[]): readonly PlannedColumns[] {
  return events.flatMap((event) =>
    event.event === 'columns.changed'
      ? [{ stream: event.stream, change: event.change, columns: event.columns }]
      : [],
  );
}

/** Names that a run would spread at its end, by the stream whose names they are. */
function renamesOf({ context }: Planned, { renames, bytes }: Written): readonly PlannedRename[] {
  const embedded = [...context.configured.values()].flatMap(({ table, columns }) =>
    embeddedNames(table, columns),
  );
  const sources = new Map<string, { readonly ids: Set<string>; readonly tables: Set<string> }>();
  for (const { table, list, column, names } of renames) {
    const isIt = (name: EmbeddedName): boolean =>
      name.table.name === table.name && name.list === list && name.column === column;
    const source = embedded.find(isIt)?.source;
    if (source === undefined || names.size === 0) continue;
    const known = sources.get(source) ?? { ids: new Set(), tables: new Set() };
    sources.set(source, known);
    for (const id of names.keys()) known.ids.add(id);
    known.tables.add(table.name);
  }
  return [...sources].map(([stream, { ids, tables }]) => ({
    stream,
    records: ids.size,
    tables: [...tables].toSorted(),
    bytes_billed_at_most: bytes === null ? null : bytesAtMost([], [...tables], bytes),
  }));
}
