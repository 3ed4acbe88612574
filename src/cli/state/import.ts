import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import type { Stream } from '../../catalog/stream.ts';
import { ConnectorError } from '../../errors.ts';
import { plural } from '../../report/quantity.ts';
import { resetNotes, restoredNotes } from '../../sync/restore.ts';
import { ACCOUNT } from '../../sync/visibility.ts';
import type { Tombstone } from '../../warehouse/erasure.ts';
import type { StateChange, StoredState, Warehouse } from '../../warehouse/warehouse.ts';
import { textOf } from '../flags.ts';
import type { Outcome } from '../outcome.ts';
import { readStateFile, type FiledState, type StateFile } from './file.ts';
import { edit, ownerOf, type StateWork, type States } from './work.ts';

/**
 * `state import --file`: goes back to the checkpoints of a file. What is owed to other tables since then stays owed; streams
 * whose table is empty, or not whole yet, are loaded as if there were no file; whoever was erased stays so.
 */
export async function importStates(work: StateWork): Promise<Outcome> {
  const { flags, config, catalog, context } = work;
  const given = textOf(flags, 'file');
  if (given === null || work.words.length > 0) {
    throw new ConnectorError('USAGE_INVALID', 'state import takes a file and nothing else: --file <path>', {
      details: { command: 'state' },
    });
  }
  const text = await read(resolve(context.cwd, given));
  const file = readStateFile(text, ownerOf(config), new Set(catalog.streams.keys()));
  return edit(work, {
    action: 'import',
    creates: true,
    announcement: `The checkpoints of ${file.exported_at} are taken in place of those that are stored. The next sync reads again what changed since; no row is deleted.`,
    changes: (states, warehouse) => changesFrom(file, states, warehouse, catalog.streams),
    beside: (warehouse, run) => addErasures(file.erasures, warehouse, run),
  });
}

/** @throws ConnectorError STATE_FILE_INVALID */
async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConnectorError('STATE_FILE_INVALID', `${path} cannot be read.`, { cause });
  }
}

async function changesFrom(
  file: StateFile,
  states: States,
  warehouse: Warehouse,
  streams: ReadonlyMap<string, Stream>,
): Promise<readonly StateChange[]> {
  const rows = await warehouse.counts(file.states.map(({ stream }) => stream));
  return file.states.flatMap((filed) => {
    const current = states.get(filed.stream);
    const stream = streams.get(filed.stream);
    if (stream === undefined) return pseudoChange(filed, current);
    if ((rows.get(filed.stream) ?? 0) === 0) return anew(stream, current);
    if (isHalfLoaded(current)) return [];
    if (current !== undefined && isSame(filed, current)) return [];
    const state = restoredNotes(stream, current?.state, filed.state);
    return [{ ...fence(filed.stream, current), cursor: filed.cursor, state }];
  });
}

/** Of what is no stream only what the token saw is taken, where nothing is known: the rest says how the tables are. */
function pseudoChange(
  { stream, state }: FiledState,
  current: StoredState | undefined,
): readonly StateChange[] {
  return stream === ACCOUNT && current === undefined
    ? [{ ...fence(stream, current), cursor: null, state }]
    : [];
}

/** Whether a first load is under way, or nothing says what the rows are: what the file calls complete is not there then. */
function isHalfLoaded(current: StoredState | undefined): boolean {
  if (current === undefined) return true;
  const { cursor, state } = current;
  return cursor === null && typeof state === 'object' && state !== null && 'load' in state;
}

function anew(stream: Stream, current: StoredState | undefined): readonly StateChange[] {
  if (current === undefined || current.cursor === null) return [];
  return [{ ...fence(stream.name, current), cursor: null, state: resetNotes(stream, current.state) }];
}

function fence(
  stream: string,
  current: StoredState | undefined,
): Pick<StateChange, 'stream' | 'expectedVersion'> {
  return { stream, expectedVersion: current?.version ?? 0 };
}

function isSame(filed: FiledState, current: StoredState): boolean {
  const { version, cursor, state } = current;
  return (
    filed.version === version &&
    filed.cursor === cursor &&
    JSON.stringify(filed.state) === JSON.stringify(state)
  );
}

/** Adds the tombstones that are not there, before anything is loaded that they keep out. */
async function addErasures(
  erasures: readonly Tombstone[],
  warehouse: Warehouse,
  { runId, at }: { readonly runId: string; readonly at: string },
): Promise<readonly string[]> {
  const keyOf = (each: Tombstone): string => JSON.stringify([each.kind, each.recordId, each.digests]);
  const known = new Set((await warehouse.readErasures()).map(keyOf));
  const rows = erasures
    .filter((each) => !known.has(keyOf(each)))
    .map(({ kind, recordId, digests }) => ({
      kind,
      record_id: recordId,
      digests,
      erased_at: at,
      run_id: runId,
    }));
  if (rows.length === 0) return [];
  await warehouse.ensure([HOUSEKEEPING.erasures], []);
  await warehouse.append(HOUSEKEEPING.erasures, rows);
  return [`✓ ${plural(rows.length, 'erasure')} taken over`];
}
