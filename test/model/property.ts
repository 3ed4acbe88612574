/** What has to hold: the tables equal the account, and the connector's own tables tell the truth about it. */
import { differencesIn, KEYS, type TruthOptions } from '../support/truth.ts';
import type { Canonical, TableRows } from '../support/tables.ts';
import { eraserIn, goneProblems, historyProblems } from './governance.ts';
import { Deletions } from './deletions.ts';
import { ModelFailure } from './failure.ts';
import { HASH_KEY } from './settings.ts';
import type { ReadRows, StoredRow } from './store.ts';
import type { SwitchedModule, World } from './world.ts';

/** Streams that are not there while a module is off. */
const OF_MODULE: Readonly<Record<SwitchedModule, RegExp>> = {
  expense: /^expense/,
  invoice: /^invoice_|^invoices$/,
  estimate: /^estimate/,
};

const OWN = new Set(['_synced_at', '_run_id', '_deleted_at']);

/** The streams that the connector keeps up now. */
export function streamsOf({ settings, off }: World): readonly string[] {
  return Object.keys(KEYS).filter(
    (name) => !settings.exclude.includes(name) && ![...off].some((module) => OF_MODULE[module].test(name)),
  );
}

/** Everything that is stored of a stream: live rows by key, and whether a row counts as gone. */
interface Stored {
  readonly live: TableRows;
  /** Rows that are marked or kept. */
  readonly apart: TableRows;
}

/** @throws ModelFailure where a key is there twice */
async function readStored(
  table: string,
  rows: ReadRows,
  deletions: Deletions,
  isKept: boolean,
): Promise<Stored> {
  const key = KEYS[table] ?? ['id'];
  const stored = { live: new Map<string, StoredRow>(), apart: new Map<string, StoredRow>() };
  for (const row of await rows(table)) {
    const id = key.map((column) => String(row[column])).join('|');
    if (stored.live.has(id) || stored.apart.has(id)) throw new ModelFailure(`${table} holds ${id} twice`, []);
    const isMarked = (row['_deleted_at'] ?? null) !== null;
    const isApart = isMarked || (isKept && deletions.isGone(table, id, row['_synced_at'] ?? null));
    stored[isApart ? 'apart' : 'live'].set(id, withoutOwn(row));
  }
  return stored;
}

function withoutOwn(row: StoredRow): StoredRow {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !OWN.has(column)));
}

/** How many live rows a table has, and how many of them the account does not have any more. */
export async function compareWith(world: World, stream: string): Promise<{ stored: number; gone: number }> {
  return world.store.read(async (rows) => {
    const deletions = new Deletions(await rows('_deletions'));
    const { live } = await readStored(stream, rows, deletions, world.settings.deletes === 'keep');
    const problems = await differencesIn(
      async () => live,
      world.sandbox,
      { ...truthOf(world), streams: [stream] },
      Infinity,
    );
    return {
      stored: live.size,
      gone: problems.filter((problem) => problem.endsWith('should not be there')).length,
    };
  });
}

function truthOf({ settings, sandbox, memory, broken }: World): TruthOptions {
  const leftOut = new Set<string>();
  const hashed = new Set<string>();
  for (const [stream, { include, exclude, hash }] of Object.entries(settings.columns)) {
    for (const column of exclude) leftOut.add(`${stream}.${column}`);
    for (const column of hash) hashed.add(`${stream}.${column}`);
    if (include === null) continue;
    // what tells rows apart and in which order they changed is always kept
    const kept = new Set([...include, ...(KEYS[stream] ?? ['id']), 'updated_at']);
    for (const record of sandbox.account.truth(stream)) {
      for (const column of Object.keys(record)) if (!kept.has(column)) leftOut.add(`${stream}.${column}`);
    }
  }
  return {
    ...(settings.startDate === null ? {} : { startDate: settings.startDate }),
    ...(sandbox.account.data.deletedChildTouches ? { without: ['payments'] } : {}),
    was: (cell) => memory.had(cell) || hashed.has(`${cell.table}.${cell.column}`),
    leftOut,
    hashed: { key: HASH_KEY, columns: hashed },
    rejected: (table, key) => broken.has(`${table} ${key}`),
  };
}

/**
 * Compares everything after a quiet run.
 * @param lags true: what lags.ts lists may lag · swept: after a run with every sweep due
 * @throws ModelFailure naming what differs
 */
export async function assertEqual(world: World, lags: true | 'swept'): Promise<void> {
  world.counts.compared += 1;
  const streams = streamsOf(world);
  const isKept = world.settings.deletes === 'keep';
  const problems = await world.store.read(async (rows) => {
    const deletions = new Deletions(await rows('_deletions'));
    const live = new Map<string, ReadonlySet<string>>(world.live ?? []);
    const read = async (table: string): Promise<TableRows> => {
      const stored = await readStored(table, rows, deletions, isKept);
      live.set(table, new Set(stored.live.keys()));
      return stored.live;
    };
    const erased = await eraserIn(rows);
    const options = { ...truthOf(world), lags, streams, ...(erased === null ? {} : { erased }) };
    const found = [...(await differencesIn(read, world.sandbox, options))];
    found.push(...deletions.problems(world, live, streams), ...(await ownTables(rows)));
    const keysOf = async (table: string): Promise<ReadonlySet<string>> =>
      new Set((await readStored(table, rows, deletions, isKept)).live.keys());
    found.push(...(await historyProblems(rows, keysOf, world)), ...(await goneProblems(rows, world)));
    world.live = live;
    world.noted = deletions.counts;
    world.movedLater = false;
    return found;
  });
  if (problems.length > 0) throw new ModelFailure('the tables differ from the account', problems);
}

/** What has to hold after every run, whatever became of it. */
export async function assertSound(world: World): Promise<void> {
  const problems = await world.store.read(async (rows) => {
    const deletions = new Deletions(await rows('_deletions'));
    for (const table of Object.keys(KEYS)) await readStored(table, rows, deletions, false);
    return ownTables(rows);
  });
  if (problems.length > 0) throw new ModelFailure('the connector’s own tables are wrong', problems);
}

/** Counts that do not add up, and checkpoints with a gap. */
async function ownTables(rows: ReadRows): Promise<readonly string[]> {
  const number = (value: Canonical | undefined): number => Number(String(value ?? '#NaN').slice(1));
  const problems: string[] = [];
  for (const row of await rows('_sync_streams')) {
    const { stream, run_id: run } = row;
    const [fetched, loaded, rejected, skipped] = ['fetched', 'loaded', 'rejected', 'skipped'].map((name) =>
      number(row[`rows_${name}`]),
    ) as [number, number, number, number];
    if (fetched !== loaded + rejected + skipped)
      problems.push(`${String(stream)} in ${String(run)}: ${fetched} ≠ ${loaded} + ${rejected} + ${skipped}`);
  }
  const versions = new Map<string, number[]>();
  for (const { stream, version } of await rows('_sync_state')) {
    const name = String(stream);
    versions.set(name, [...(versions.get(name) ?? []), number(version)]);
  }
  for (const [stream, numbers] of versions) {
    const isWhole = numbers.toSorted((a, b) => a - b).every((version, at) => version === at + 1);
    if (!isWhole) problems.push(`checkpoints of ${stream}: ${numbers.join(', ')}`);
  }
  return problems;
}
