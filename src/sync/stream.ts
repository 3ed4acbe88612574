/**
 * The way of the records of ONE window, top to bottom:
 *
 * | step         | where                          | in → out                                             |
 * | ------------ | ------------------------------ | ---------------------------------------------------- |
 * | 1 choose     | window.ts, via lists/children/reports | checkpoint → what to ask for                  |
 * | 2 fetch      | harvest/pages.ts               | query → pages of records                             |
 * | 3 check      | row.ts                         | record → row, or reject                              |
 * | 4 shape      | row.ts, cast.ts                | only the chosen columns, exact values                |
 * | 5 spool      | intake.ts, warehouse/spool.ts  | rows → NDJSON file                                   |
 * | 6 stage      | warehouse: prepare             | file → staged rows, compared with the table          |
 * | 7 follow up  | follow-ups.ts                  | what changed → months, children, names to look after |
 * | 8 commit     | warehouse: commit              | rows, rejects and checkpoints in one transaction     |
 * | 9 report     | events.ts                      | events → screen, JSON lines, run history             |
 */
import { BUDGET_HISTORY, budgetHistoryOf } from '../catalog/tables.ts';
import { ConnectorError } from '../errors.ts';
import type { LoadResult, PreparedLoad, Scope, StateChange, TableLoad } from '../warehouse/warehouse.ts';
import { plainText } from './cast.ts';
import type { ChosenStream, RunContext } from './context.ts';
import type { SyncEvent } from '../events.ts';
import { childChanges, followUps, touchedCheckpoints, watchedColumns, withFollowUps } from './follow-ups.ts';
import { Intake } from './intake.ts';
import type { ChildNotes, ListNotes, ReportNotes } from './state.ts';

/** Where a stream stands after a window: worked out when it is committed, from the newest checkpoint. */
export interface Checkpoint {
  readonly cursor: string | null;
  readonly notes: ListNotes | ChildNotes | ReportNotes;
}

/** Something to read, stage and commit as one. */
export interface Window {
  readonly mode: Extract<SyncEvent, { event: 'window.chosen' }>['mode'];
  /** What is asked for, in words. */
  readonly label: string;
  /** Reads the pages into the intake. Answers false if the list moved meanwhile and has to be read again. */
  readonly read: (intake: Intake) => Promise<boolean>;
  readonly scope: Scope;
  /** How rows that the scope does not hold any more are noted in `_deletions`. */
  readonly how: TableLoad['how'];
  readonly checkpoint: () => Checkpoint;
}

/** How often a list that moves is read before the stream gives up. */
const READ_ATTEMPTS = 4;

/**
 * Brings one window into the warehouse.
 *
 * @throws ConnectorError with everything left as it was: what the client, the shaper or the warehouse throw, and
 * PAGES_UNSETTLED when the list does not hold still
 */
export async function syncWindow(window: Window, chosen: ChosenStream, context: RunContext): Promise<void> {
  const { stream } = chosen;
  context.emit({ event: 'window.chosen', stream: stream.name, mode: window.mode, window: window.label });
  await using intake = await readSettled(window, chosen, context);
  context.emit({ event: 'rows.staged', stream: stream.name, rows: intake.rows });
  await context.loading.add(() => loadWindow(window, chosen, intake, context));
}

/** Steps 6 to 9. */
async function loadWindow(
  window: Window,
  chosen: ChosenStream,
  intake: Intake,
  context: RunContext,
): Promise<void> {
  const loads = await prepareLoads(window, chosen, intake, context);
  try {
    await context.locks.with(touchedCheckpoints(chosen.stream, context.catalog), () =>
      commitWindow(window, chosen, intake, loads, context),
    );
  } finally {
    for (const load of loads) await load.discard();
  }
}

/** Steps 2 to 5. A list that moved while it was read is thrown away and read again. */
async function readSettled(window: Window, chosen: ChosenStream, context: RunContext): Promise<Intake> {
  for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
    const intake = await Intake.open(chosen, context);
    try {
      if (await window.read(intake)) {
        await intake.close();
        return intake;
      }
    } catch (error) {
      await intake[Symbol.asyncDispose]();
      throw error;
    }
    await intake[Symbol.asyncDispose]();
    context.emit({ event: 'window.moved', stream: chosen.stream.name, attempt });
  }
  throw new ConnectorError(
    'PAGES_UNSETTLED',
    `${chosen.stream.name} (${window.label}) moved each of the ${READ_ATTEMPTS} times it was read`,
    { stream: chosen.stream.name },
  );
}

/** Step 6: the stream's own load, and the day's snapshot where the stream keeps one. */
async function prepareLoads(
  window: Window,
  chosen: ChosenStream,
  intake: Intake,
  context: RunContext,
): Promise<readonly PreparedLoad[]> {
  const { deletes } = context.config.sync;
  const own: TableLoad = {
    table: chosen.table,
    stream: chosen.stream.name,
    files: intake.files,
    scope: window.scope,
    removals: intake.removals,
    spared: intake.spared,
    deletes: window.how === null ? 'remove' : deletes,
    how: window.how,
    watch: watchedColumns(chosen, context.catalog, context.states),
  };
  const prepared: PreparedLoad[] = [await context.warehouse.prepare(own)];
  if (intake.snapshot !== null) {
    const { file, date } = intake.snapshot;
    const scope: Scope = { kind: 'where', column: 'snapshot_date', values: [date] };
    const table = budgetHistoryOf(chosen.stream, chosen.columns);
    const files = intake.rows > 0 ? [file] : [];
    prepared.push(
      await context.warehouse.prepare({
        ...own,
        table,
        files,
        scope,
        removals: [],
        spared: [],
        deletes: 'remove',
        how: null,
        watch: [],
      }),
    );
  }
  return prepared;
}

/** Steps 7 to 9, while no other commit may touch the same checkpoints. */
async function commitWindow(
  window: Window,
  chosen: ChosenStream,
  intake: Intake,
  loads: readonly PreparedLoad[],
  context: RunContext,
): Promise<void> {
  const { stream } = chosen;
  const { catalog, states, runId } = context;
  const [own] = loads;
  const { startedAt: runStartedAt } = context;
  const namesSince = context.namesSince.get(stream.name) ?? runStartedAt;
  const { seenAt: readAt, fresh } = intake;
  const transitions = own?.transitions ?? [];
  const follow = followUps(stream, own?.load.watch ?? [], transitions, {
    runStartedAt,
    namesSince,
    readAt,
    fresh,
  });
  // a first load meets old facts: they count as changed when they were, not when they were met
  const noticedAt = states.cursor(stream.name) === null ? null : readAt;
  const { cursor, notes } = window.checkpoint();
  const changes: readonly StateChange[] = [
    states.change(stream.name, cursor, withFollowUps(notes, follow, noticedAt)),
    ...childChanges(stream, follow, catalog, states),
  ];
  const committedAt = context.now().toISOString();
  const result = await context.warehouse.commit({
    runId,
    stream: stream.name,
    committedAt,
    loads,
    renames: [],
    rejects: intake.rejects,
    drift: intake.drift,
    states: changes,
  });
  states.committed(changes, runId, committedAt);
  keepNewestMonths(context.changedMonths, stream.name, follow.months);
  count(stream.name, intake, result.loads, context);
  context.emit({ event: 'checkpoint.saved', stream: stream.name, cursor });
}

function keepNewestMonths(
  changed: Map<string, Map<string, string>>,
  stream: string,
  months: ReadonlyMap<string, string>,
): void {
  const known = changed.get(stream) ?? new Map<string, string>();
  changed.set(stream, known);
  for (const [month, at] of months) if (at > (known.get(month) ?? '')) known.set(month, at);
}

/** Step 9: what was committed enters the counts and the events. Snapshots are not rows of the stream. */
function count(stream: string, intake: Intake, results: readonly LoadResult[], context: RunContext): void {
  const tally = context.tally.of(stream);
  tally.fetched += intake.fetched;
  tally.rejected += intake.rejects.length;
  tally.skipped += intake.skipped;
  const own = results.find(({ table }) => table !== BUDGET_HISTORY);
  if (own !== undefined) {
    tally.inserted += own.inserted;
    tally.updated += own.updated;
    tally.unchanged += own.unchanged;
    tally.skipped += own.duplicates;
    tally.deleted += own.deleted;
    const { inserted, updated, unchanged, deleted } = own;
    context.emit({ event: 'rows.committed', stream, inserted, updated, unchanged, deleted });
  }
  const [first] = intake.rejects;
  if (first !== undefined) {
    const reason = `${plainText(first['path'])} ${plainText(first['reason'])}`;
    context.emit({ event: 'rows.rejected', stream, count: intake.rejects.length, reason });
  }
  for (const { path, typeSeen } of intake.drift) {
    context.emit({ event: 'schema.drift', stream, path, type_seen: typeSeen });
  }
}
