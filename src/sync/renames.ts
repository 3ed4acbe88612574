/**
 * The end of a run: names that changed reach every row that embeds them, in one transaction with the checkpoints
 * that remembered them, so that a crash in between is made up for by the next run.
 */
import type { Rename } from '../warehouse/warehouse.ts';
import { keyedHash } from './cast.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { saveDeferred } from './deferred.ts';
import { forgetRenamed } from './forget.ts';
import { historyOfStream } from './histories.ts';
import type { StateBook } from './state.ts';
import { displayName, embeddedNames, NAME_COLUMNS, type EmbeddedName } from './names.ts';

/**
 * Since when rows may embed names of records that are not stored, by name-giving stream. A record that is new, and
 * changed since then, may have been renamed after a row that embeds its name was read.
 */
export function namesSince(
  configured: ReadonlyMap<string, ChosenStream>,
  states: StateBook,
  runStartedAt: string,
): ReadonlyMap<string, string> {
  const since = (source: string): string => {
    if (states.cursor(source) !== null) return '';
    const embedding = [...configured.values()].filter(({ table, columns }) =>
      embeddedNames(table, columns).some((embedded) => embedded.source === source),
    );
    const instants = embedding.map(({ stream: { name } }) => {
      if (!states.has(name)) return runStartedAt;
      return states.cursor(name) === null ? (states.listNotes(name).load?.startedAt ?? '') : '';
    });
    return instants.toSorted()[0] ?? runStartedAt;
  };
  return new Map(Object.keys(NAME_COLUMNS).map((source) => [source, since(source)]));
}

/**
 * Spreads the names that are noted as changed, and forgets the digests of tables that may have got some. The rows of a
 * stream that failed in this run stay as they are; the names are then kept for the next run. Answers how many rows
 * got a new name.
 */
export async function applyRenames(context: RunContext, failed: ReadonlySet<string>): Promise<number> {
  const { states, warehouse, runId } = context;
  const sources = Object.keys(NAME_COLUMNS).filter((name) => (pendingOf(name, context) ?? []).length > 0);
  if (sources.length === 0) return 0;
  const stored = await warehouse.counts([...context.configured.keys()]);
  const embedding = [...context.configured.values()]
    .filter(({ stream }) => stored.has(stream.name))
    .flatMap(({ table, columns }) => embeddedNames(table, columns));
  const targets = embedding.filter(({ table }) => !failed.has(table.name));
  const waiting = new Set(
    embedding.filter(({ table }) => failed.has(table.name)).map(({ source }) => source),
  );
  const renames: Rename[] = [];
  for (const source of sources) {
    const records = await readNames(source, pendingOf(source, context) ?? [], context);
    for (const target of targets) {
      if (target.source === source) renames.push(renameOf(target, records, context));
    }
  }
  const changes = sources
    .filter((source) => !waiting.has(source))
    .map((source) => {
      const { renames: _, ...notes } = states.listNotes(source);
      return states.change(source, states.cursor(source), notes);
    });
  const committedAt = context.now().toISOString();
  const commit = {
    runId,
    stream: null,
    committedAt,
    loads: [],
    renames,
    rejects: [],
    drift: [],
    states: changes,
  };
  const result = await warehouse.commit(commit);
  states.committed(changes, runId, committedAt);
  if (result.renamed > 0) {
    forgetRenamed(new Set(renames.map(({ table }) => table.name)), states);
    await saveDeferred(context);
    context.emit({ event: 'names.renamed', stream: sources.join(', '), rows: result.renamed });
  }
  return result.renamed;
}

function pendingOf(source: string, context: RunContext): readonly string[] | undefined {
  return context.states.listNotes(source).renames;
}

/** Id → the values of the source's NAME_COLUMNS, null where a column is not stored in clear. */
async function readNames(
  source: string,
  ids: readonly string[],
  context: RunContext,
): Promise<ReadonlyMap<string, readonly (string | null)[]>> {
  const wanted = NAME_COLUMNS[source] ?? [];
  const stored = context.configured
    .get(source)
    ?.columns.filter(({ name, hashed }) => wanted.includes(name) && hashed !== true)
    .map(({ name }) => name);
  if (stored === undefined || stored.length === 0) return new Map();
  const named = ids.filter((id) => context.erased.get(source)?.has(id) !== true);
  const rows = await context.warehouse.readRows(
    source,
    ['id', ...stored],
    { column: 'id', values: named },
    source,
  );
  return new Map(
    rows.map(([id, ...values]) => [id ?? '', wanted.map((name) => values[stored.indexOf(name)] ?? null)]),
  );
}

/** The new names for one embedding column; none where the parts of the name are not stored. */
function renameOf(
  target: EmbeddedName,
  records: ReadonlyMap<string, readonly (string | null)[]>,
  context: RunContext,
): Rename {
  const { table, list, idColumn, column, source, withCode, hashed } = target;
  const key = context.config.sync.hashKey?.reveal() ?? null;
  const columns = context.configured.get(source)?.columns ?? [];
  const needed = (NAME_COLUMNS[source] ?? []).filter((name) => withCode || name !== 'code');
  const isComplete = needed.every((name) =>
    columns.some((known) => known.name === name && known.hashed !== true),
  );
  const names = new Map<string, string>();
  for (const [id, values] of isComplete ? records : []) {
    const name = displayName(source, values, withCode);
    names.set(id, hashed && key !== null ? keyedHash(key, name) : name);
  }
  const embedding = context.configured.get(table.name);
  const history = embedding === undefined ? null : historyOfStream(embedding, context);
  return { table, list, idColumn, column, names, deletes: context.config.sync.deletes, history };
}
