/**
 * After a stream's changes are in: what is gone from Harvest goes. Harvest leaves no trace of a deletion, so its count is
 * compared with the rows; only where they differ is anything read. A full listing now and then is a second
 * line, since a deletion and a record that was never seen cancel each other out.
 */
import { fetchCount } from '../../harvest/pages.ts';
import { LARGEST_PAGE } from '../../harvest/types.ts';
import type { ChosenStream, RunContext } from '../context.ts';
import { WITH_PROJECT } from '../follow-ups.ts';
import { listRequest } from '../paging.ts';
import type { DateSpan, ListNotes } from '../state.ts';
import { spanQuery } from '../window.ts';
import { allowDeletions, mostDeletions } from './guard.ts';
import { lookBeforeStart } from './first-month.ts';
import { letGo, lookAt, type Part } from './look.ts';
import { rejectedCount } from './rejected.ts';
import { differingSpans, sweepSpans, type RowsByDate } from './spans.ts';

/**
 * Lets go what is gone of an account-wide stream.
 *
 * @param projects settles when the projects of this run are done
 * @throws ConnectorError DELETES_IMPLAUSIBLE; what reading and committing throw
 */
export async function settle(
  chosen: ChosenStream,
  context: RunContext,
  projects: Promise<unknown>,
): Promise<void> {
  if (context.deletionsOff !== null) return;
  await lookBeforeStart(chosen, (query) => countOf(query, chosen, context), context);
  if (WITH_PROJECT.includes(chosen.stream.name)) {
    await projects;
    await goWithProjects(chosen, context);
  }
  if (isSweepDue(context.states.listNotes(chosen.stream.name), context)) await sweep(chosen, context);
  else await checkCount(chosen, context);
}

/** Whether the list is to be read whole; not twice in one run. Pure. */
export function isSweepDue(
  { sweptAt }: ListNotes,
  { startedAt, config }: Pick<RunContext, 'startedAt' | 'config'>,
): boolean {
  if (sweptAt === undefined) return true;
  if (sweptAt >= startedAt) return false;
  return Date.parse(startedAt) - Date.parse(sweptAt) >= config.sync.sweepEveryMs;
}

/** Rows of projects that are gone. */
async function goWithProjects(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { stream, columns } = chosen;
  const { goneProjects: values } = context.states.listNotes(stream.name);
  if (values === undefined) return;
  const isStored = columns.some(({ name, hashed }) => name === 'project_id' && hashed !== true);
  const where = { column: 'project_id', values };
  const rows = isStored ? await context.warehouse.readRows(stream.name, ['id'], where, stream.name) : [];
  const keys = rows.map(([id]) => [id ?? '']);
  await letGo(
    keys,
    {
      how: 'parent',
      notes: ({ goneProjects: _, ...notes }, gone) => apartBy(notes, gone, context),
    },
    chosen,
    context,
  );
}

/** What stays in the table though it is gone, where deletions do not remove rows. */
export function apartBy(notes: ListNotes, gone: number, { config }: RunContext): ListNotes {
  if (config.sync.deletes === 'remove' || gone === 0) return notes;
  return { ...notes, apart: (notes.apart ?? 0) + gone };
}

/** The list as a whole: in spans of dates where it can be divided. */
async function sweep(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { dated, undated } = chosen.stream;
  const { warehouse, config } = context;
  const { startDate } = config;
  const canDivide = dated !== undefined && undated !== true;
  const parts: readonly Part[] = canDivide
    ? sweepSpans(await readLive(chosen, context), startDate, warehouse.capabilities.rowsPerListing)
    : ['everything'];
  const { startedAt: sweptAt } = context;
  const notes = (known: ListNotes, gone: number): ListNotes => ({
    ...apartBy(known, gone, context),
    sweptAt,
  });
  await lookAt({ how: 'sweep', parts, notes }, chosen, context);
}

/** Compares counts; where they differ, looks for what is gone where it can be. */
async function checkCount(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { stream } = chosen;
  const notes = context.states.listNotes(stream.name);
  const rejected = rejectedCount(notes.rejected);
  if (rejected === null) {
    const reason = 'too many rejected records to compare counts; the next full listing looks at all';
    context.emit({ event: 'deletions.unsettled', stream: stream.name, reason });
    return;
  }
  const theirs = await countList(chosen, context);
  const stored = (await context.warehouse.counts([stream.name])).get(stream.name) ?? 0;
  if (stored - (notes.apart ?? 0) + rejected === theirs.all) return;
  const live = await readLive(chosen, context);
  const ours = sumOf(live);
  const apart = stored - (ours - rejected);
  context.emit({ event: 'count.differs', stream: stream.name, ours: ours - rejected, theirs: theirs.all });
  refuseImplausible(ours - theirs.all, ours, chosen, context);
  const parts = ours === theirs.all ? [] : await partsToRead(theirs, live, chosen, context);
  const after = (known: ListNotes, gone: number): ListNotes => {
    const { apart: _, ...rest } = known;
    return apartBy(apart === 0 ? rest : { ...rest, apart }, gone, context);
  };
  await lookAt({ how: 'count', parts, notes: after }, chosen, context);
}

/** Refuses before anything is read what would be refused afterwards in any case. */
function refuseImplausible(gone: number, live: number, { stream }: ChosenStream, context: RunContext): void {
  if (context.allowDeletes || gone <= mostDeletions(live, context.config.sync.maxDeleteShare)) return;
  allowDeletions({ stream: stream.name, rows: gone, live, keys: [] }, context);
}

/** What Harvest counts of a list. */
interface ListCounts {
  /** Everything that should be stored. */
  readonly all: number;
  /** Of that what has a date; null where it was not asked for. */
  readonly dated: number | null;
}

/** A date before all others, to ask for everything that has one. */
const EARLIEST_DATE = '0001-01-01';

async function countList(chosen: ChosenStream, context: RunContext): Promise<ListCounts> {
  const { stream } = chosen;
  const { startDate } = context.config;
  const count = (query: Readonly<Record<string, string>>): Promise<number> => countOf(query, chosen, context);
  if (stream.dated === undefined) {
    const { hidden } = context.states.listNotes(stream.name);
    const all = (await count({})) + (hidden === true ? await count(stream.hidden_by ?? {}) : 0);
    return { all, dated: null };
  }
  if (startDate === null) return { all: await count({}), dated: null };
  const dated = await count({ from: startDate });
  if (stream.undated !== true) return { all: dated, dated };
  // `from` hides what has no date
  const undated = (await count({})) - (await count({ from: EARLIEST_DATE }));
  return { all: dated + undated, dated };
}

async function countOf(
  query: Readonly<Record<string, string>>,
  chosen: ChosenStream,
  context: RunContext,
): Promise<number> {
  const ask = (): ReturnType<typeof fetchCount> =>
    fetchCount(context.client, listRequest(chosen, query, context));
  return (await context.pools.general.add(ask)).total;
}

async function partsToRead(
  theirs: ListCounts,
  live: RowsByDate,
  chosen: ChosenStream,
  context: RunContext,
): Promise<readonly Part[]> {
  const { stream } = chosen;
  if (stream.dated === undefined) return ['everything'];
  const { startDate } = context.config;
  const isWhole = startDate === null || stream.undated !== true;
  const root: DateSpan = { from: startDate, to: null };
  if (isWhole && Math.max(theirs.all, sumOf(live)) <= LARGEST_PAGE) {
    return [stream.undated === true ? 'everything' : root];
  }
  const count = (span: DateSpan): Promise<number> => countOf(spanQuery(span), chosen, context);
  const undated = live.get('') ?? 0;
  const ever: DateSpan = { from: startDate ?? EARLIEST_DATE, to: null };
  const dated = theirs.dated ?? (stream.undated === true ? await count(ever) : theirs.all);
  // records without a date stand in no span: the list is read as it is
  if (theirs.all - dated !== undated) return ['everything'];
  return differingSpans({ span: root, ours: sumOf(live) - undated, theirs: dated }, live, count);
}

/** Live rows by date, with the rejected records that Harvest counts too. */
async function readLive(chosen: ChosenStream, context: RunContext): Promise<RowsByDate> {
  const { name, dated = null } = chosen.stream;
  const live = new Map(await context.warehouse.readLive(name, dated, context.config.sync.deletes, name));
  const { rejected } = context.states.listNotes(name);
  for (const date of Object.values(typeof rejected === 'object' ? rejected : {})) {
    live.set(date, (live.get(date) ?? 0) + 1);
  }
  return live;
}

function sumOf(rows: RowsByDate): number {
  return [...rows.values()].reduce((sum, count) => sum + count, 0);
}
