/** Account-wide streams: incremental by `updated_since`, whole, or for the first time. Makes windows for `stream.ts`. */
import type { ChosenStream, RunContext } from './context.ts';
import { firstLoad } from './first-load.ts';
import { readHidden } from './hidden.ts';
import { earlier } from './month.ts';
import { leaveOutside, loadMissing } from './moved.ts';
import { listReader, listRequest } from './paging.ts';
import { runningWindow, TIMED } from './running.ts';
import { WHOLE } from './intake.ts';
import { RecentRows } from './recent.ts';
import { snapshotNotes } from './snapshot.ts';
import { settle } from './settle/settle.ts';
import { completeNotes } from './state.ts';
import { syncWindow, type Window } from './stream.ts';

/**
 * Brings an account-wide stream up to date: its changes, then what is gone.
 *
 * @param projects settles when the projects of this run are done
 */
export async function syncList(
  chosen: ChosenStream,
  context: RunContext,
  projects: Promise<unknown>,
): Promise<void> {
  const { stream } = chosen;
  const cursor = context.states.cursor(stream.name);
  await leaveOutside(chosen, context);
  if (stream.sync === 'full' || context.refreshed.has(stream.name)) {
    return inPool(wholeList(chosen, context), chosen, context);
  }
  let isRepeat = (_key: string): boolean => true;
  if (cursor === null) await firstLoad(chosen, context);
  else {
    const changes = sinceLast(chosen, cursor, context);
    await inPool(changes.window, chosen, context);
    isRepeat = changes.isRead;
  }
  if (stream.name === TIMED) await inPool(runningWindow(chosen, isRepeat, context), chosen, context);
  await loadMissing(chosen, context);
  await settle(chosen, context, projects);
}

async function inPool(window: Window, chosen: ChosenStream, context: RunContext): Promise<void> {
  await context.pools[chosen.stream.limit_class].add(() => syncWindow(window, chosen, context));
}

/** The whole list, replacing what is stored. */
function wholeList(chosen: ChosenStream, context: RunContext): Window {
  const { stream } = chosen;
  const { startDate } = context.config;
  const query =
    stream.dated !== undefined && stream.undated !== true && startDate !== null ? { from: startDate } : {};
  const hidden = { found: false };
  const how = stream.sync === 'incremental' || stream.name === 'roles' ? 'sweep' : null;
  const deletes = how === null ? 'remove' : context.config.sync.deletes;
  // what a token cannot see is not gone
  const isMerged = context.deletionsOff !== null && how !== null;
  const readPlain = listReader(listRequest(chosen, query, context), chosen, context);
  return {
    mode: 'full',
    label: 'everything',
    scope: isMerged ? { kind: 'merge' } : { kind: 'all', allowShrink: context.allowShrink },
    how,
    read: async (intake) => {
      if (stream.sync === 'full') {
        const { content: remembered } = context.states.listNotes(stream.name);
        await intake.begin({ name: WHOLE, digest: { remembered, deletes } });
      }
      if (stream.name === 'project_budget') await intake.alsoSnapshot(context.startedAt.slice(0, 10));
      if (stream.records === undefined && context.account.companyRecord !== null) {
        await intake.take([context.account.companyRecord], { account_id: context.config.harvest.accountId });
        return true;
      }
      if (!(await readPlain(intake))) return false;
      const { found, isStill } = await readHidden(chosen, intake, context);
      hidden.found = found;
      return isStill;
    },
    checkpoint: (intake) => {
      const content = isMerged ? undefined : intake.digests.get(WHOLE);
      const { missing: _, ...known } = context.states.listNotes(stream.name);
      const notes = {
        ...completeNotes(known, hidden.found, isMerged ? known.sweptAt : context.startedAt),
        ...(content === undefined ? {} : { content }),
        ...snapshotNotes(intake),
      };
      return { cursor: context.startedAt, notes };
    },
  };
}

/** Changes since the last good run, less the overlap, without a date filter: a record may have moved to any date. */
function sinceLast(
  chosen: ChosenStream,
  cursor: string,
  context: RunContext,
): { readonly window: Window; readonly isRead: (key: string) => boolean } {
  const { stream } = chosen;
  const since = earlier(cursor, context.config.sync.overlapMs);
  const notes = context.states.listNotes(stream.name);
  const readPlain = listReader(listRequest(chosen, { updated_since: since }, context), chosen, context);
  let read: Pick<ReadonlySet<string>, 'has'> = new Set();
  const window: Window = {
    mode: 'incremental',
    label: `updated since ${since}`,
    scope: { kind: 'merge' },
    how: 'moved',
    read: async (intake) => {
      read = intake.keys;
      const next = earlier(context.startedAt, context.config.sync.overlapMs);
      intake.leaveOut(new RecentRows(notes.recent ?? {}, next));
      if (!(await readPlain(intake))) return false;
      if (notes.hidden !== true) return true;
      const query = { ...stream.hidden_by, updated_since: since };
      await listReader(listRequest(chosen, query, context), chosen, context)(intake);
      return true;
    },
    checkpoint: (intake) => {
      const { recent: _, ...kept } = context.states.listNotes(stream.name);
      const { recent } = intake;
      return {
        cursor: context.startedAt,
        notes: { ...kept, ...(recent === undefined ? {} : { recent }) },
      };
    },
  };
  return { window, isRead: (key) => read.has(key) };
}
