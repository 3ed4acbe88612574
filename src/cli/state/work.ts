/** What the actions of `state` share: what they work with, and how checkpoints are changed. */
import { join } from 'node:path';
import type { Catalog } from '../../catalog/catalog.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { selectStreams } from '../../catalog/select.ts';
import type { Stream } from '../../catalog/stream.ts';
import type { Config } from '../../config/config.ts';
import type { StateChange, StoredState, Warehouse } from '../../warehouse/warehouse.ts';
import { askToType } from '../ask.ts';
import { workByHand } from '../by-hand.ts';
import type { CliContext } from '../context.ts';
import type { FlagValues } from '../flags.ts';
import { done, type Outcome } from '../outcome.ts';
import { writeOwn } from '../output-file.ts';
import { shownPath } from '../shown-path.ts';
import type { WarehousePlace } from '../warehouse-door.ts';
import { stateFileOf, stateFileText, type StateFile } from './file.ts';

/** What an action works with. */
export interface StateWork {
  readonly words: readonly string[];
  readonly flags: FlagValues;
  readonly config: Config;
  readonly catalog: Catalog;
  readonly place: WarehousePlace;
  readonly context: CliContext;
}

/** Checkpoints by the names of their streams. */
export type States = ReadonlyMap<string, StoredState>;

/** A change of checkpoints that has to be confirmed. */
export interface Edit {
  readonly action: string;
  /** What will happen, in words. */
  readonly announcement: string;
  /** Whether a warehouse that is not there is made. */
  readonly creates?: boolean;
  /** Works out the changes from what is stored, while nobody else works on it. */
  readonly changes: (states: States, warehouse: Warehouse) => Promise<readonly StateChange[]>;
  /** What is done beside; answers what to tell of it. */
  readonly beside?: (
    warehouse: Warehouse,
    run: { readonly runId: string; readonly at: string },
  ) => Promise<readonly string[]>;
}

/** Where the files to go back with are put. */
const FOLDER = '.harvest-bq';

/** Whose checkpoints they are. */
export function ownerOf({ connector, harvest }: Config): Pick<StateFile, 'connector' | 'account_id'> {
  return { connector, account_id: harvest.accountId };
}

/** The streams that some words name, whether the configuration includes them or not. */
export function namedStreams({ catalog, words }: StateWork): readonly Stream[] {
  return selectStreams(catalog, { include: ['*'], exclude: [], only: words });
}

/** The document of everything that is stored. */
export async function exportFrom(warehouse: Warehouse, { config, context }: StateWork): Promise<StateFile> {
  return stateFileOf({
    ...ownerOf(config),
    warehouse: config.destination.type,
    exported_at: context.now().toISOString(),
    program: context.version,
    states: await warehouse.readStates(),
    erasures: await warehouse.readErasures(),
  });
}

/** Asks, writes the file to go back with, then the changes, all of them or none. */
export async function edit(
  work: StateWork,
  { action, announcement, creates, changes, beside }: Edit,
): Promise<Outcome> {
  const { place, config, context } = work;
  context.stderr.write(`${announcement}\n`);
  if (!(await askToType(place.label, context))) {
    return done({ confirmed: false, warehouse: place.label }, 'Nothing was changed: the name was not typed.');
  }
  return workByHand(
    {
      command: `state ${action}`,
      isNoted: true,
      ...(creates === undefined ? {} : { creates }),
      work: async (warehouse, run) => {
        if (creates === true) await warehouse.ensure(Object.values(HOUSEKEEPING), []);
        const states = await warehouse.readStates();
        const all = await changes(states, warehouse);
        const file = await keep(await exportFrom(warehouse, work), context);
        const told = (await beside?.(warehouse, run)) ?? [];
        if (all.length > 0) await commit(all, warehouse, run);
        return outcomeOf(all, told, states, file);
      },
    },
    place,
    config,
    context,
  );
}

async function commit(
  states: readonly StateChange[],
  warehouse: Warehouse,
  { runId, at }: { readonly runId: string; readonly at: string },
): Promise<void> {
  const nothing = { loads: [], renames: [], rejects: [], drift: [] };
  await warehouse.commit({ runId, stream: null, committedAt: at, ...nothing, states });
}

/** Writes a document into the folder for them; its path as people would write it. */
async function keep(file: StateFile, { cwd, now }: CliContext): Promise<string> {
  const time = now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '');
  const path = join(cwd, FOLDER, `state-${time}.json`);
  await writeOwn(path, stateFileText(file), cwd);
  return shownPath(path, cwd);
}

function outcomeOf(
  changes: readonly StateChange[],
  told: readonly string[],
  before: States,
  file: string,
): Outcome {
  const rows = changes.map(({ stream, cursor, expectedVersion }) => {
    const was = before.get(stream)?.cursor ?? null;
    return { stream, cursor_before: was, cursor, version: expectedVersion + 1 };
  });
  const lines = rows.map(
    (row) => `✓ ${row.stream}: cursor ${row.cursor_before ?? 'none'} → ${row.cursor ?? 'none'}`,
  );
  const undo = `Undo: harvest-bq state import --file ${file}`;
  const all = [...lines, ...told];
  const text = all.length === 0 ? 'Nothing had to be changed.' : [...all, undo].join('\n');
  return done({ changed: rows, undo: file }, text);
}
