/** What a run notes in `_restatements` is what it changed in report months that had been read before, and nothing else. */
import type { EngineRun } from '../support/engine.ts';
import type { Canonical } from '../support/tables.ts';
import { KEYS } from '../support/truth.ts';
import { ModelFailure } from './failure.ts';
import type { ReadRows, StoredRow } from './store.ts';
import type { World } from './world.ts';

/** Tables that hold the rows of report months. */
const REPORTS = Object.keys(KEYS).filter((name) => KEYS[name]?.[0] === 'period_start');

/** Columns that say nothing of a month: names, pictures, the connector's own. */
const UNSAID = /^(?:_.*|period_end|avatar_url|.*_name)$/;

/** The reports as they stand, and what is known of them. */
export interface Reports {
  /** Each value by table, month, entity, currency and column. */
  readonly cells: ReadonlyMap<string, string>;
  /** Months that were read, as `table|2026-01-01`. */
  readonly known: ReadonlySet<string>;
  /** Columns that were loaded, as `table|column`. */
  readonly loaded: ReadonlySet<string>;
}

/** Reads all of it at once. */
export async function readReports({ store }: World): Promise<Reports> {
  return store.read(async (rows) => {
    const states = await newestStates(rows);
    const columns = partsOf(states.get('_columns'));
    // a file of checkpoints may tell of months that have left since
    const { startDate = null } = partsOf(states.get('_start_date'));
    const first = typeof startDate === 'string' ? startDate.slice(0, 7) : '';
    const known = new Set<string>();
    const loaded = new Set<string>();
    for (const table of REPORTS) {
      for (const month of Object.keys(partsOf(partsOf(states.get(table))['months'])))
        if (month >= first) known.add(`${table}|${month}-01`);
      for (const column of Object.keys(partsOf(columns[table]))) loaded.add(`${table}|${column}`);
    }
    return { cells: await cellsOf(rows), known, loaded };
  });
}

async function newestStates(rows: ReadRows): Promise<ReadonlyMap<string, Canonical>> {
  const newest = new Map<string, { readonly version: number; readonly state: Canonical }>();
  for (const { stream, version, state } of await rows('_sync_state')) {
    const number = Number(textOf(version ?? null));
    const known = newest.get(String(stream));
    if (known === undefined || known.version < number)
      newest.set(String(stream), { version: number, state: state ?? null });
  }
  return new Map([...newest].map(([stream, { state }]) => [stream, state]));
}

/** The parts of a JSON value, which one of the warehouses gives as text. */
function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  const whole: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return typeof whole === 'object' && whole !== null ? (whole as Readonly<Record<string, unknown>>) : {};
}

async function cellsOf(rows: ReadRows): Promise<ReadonlyMap<string, string>> {
  const cells = new Map<string, string>();
  for (const table of REPORTS) {
    const key = KEYS[table] ?? [];
    for (const row of await rows(table)) {
      const place = key.map((column) => textOf(row[column] ?? null));
      for (const [column, value] of Object.entries(row)) {
        if (value !== null && !key.includes(column) && !UNSAID.test(column))
          cells.set([table, ...place, column].join('|'), textOf(value));
      }
    }
  }
  return cells;
}

/** Numbers are shown with a mark before them. */
function textOf(value: Canonical): string {
  return typeof value === 'string' ? value.replace(/^#/, '') : String(value);
}

/** @throws ModelFailure where a run noted something else than what it changed */
export async function assertRestated(world: World, before: Reports, { result }: EngineRun): Promise<void> {
  const noted = await world.store.read((rows) => rows('_restatements'));
  const after = await readReports(world);
  const { columns, startDate } = world.settings;
  const isNoted = (cell: string): boolean => {
    const [table = '', month = '', , , column = ''] = cell.split('|');
    const isChosen = !(columns[table]?.exclude ?? []).includes(column);
    const isWithin = startDate === null || month >= `${startDate.slice(0, 7)}-01`;
    return (
      isWithin && isChosen && before.known.has(`${table}|${month}`) && before.loaded.has(`${table}|${column}`)
    );
  };
  const said = noted.filter((row) => row['run_id'] === result.run_id).map(sentenceOf);
  const changed = [...new Set([...before.cells.keys(), ...after.cells.keys()])]
    .filter((cell) => isNoted(cell) && before.cells.get(cell) !== after.cells.get(cell))
    .map((cell) => `${cell}: ${before.cells.get(cell) ?? 'NULL'} → ${after.cells.get(cell) ?? 'NULL'}`);
  const problems = [
    ...changed.filter((cell) => !said.includes(cell)).map((cell) => `not noted: ${cell}`),
    ...said.filter((cell) => !changed.includes(cell)).map((cell) => `noted, but it did not change: ${cell}`),
    ...(new Set(said).size < said.length ? ['a change is noted twice'] : []),
  ];
  if (problems.length > 0)
    throw new ModelFailure('_restatements is not what the run changed', problems.slice(0, 20));
}

function sentenceOf(row: StoredRow): string {
  const names = ['stream', 'period_start', 'entity_id', 'currency', 'column_name'];
  const [before, after] = ['value_before', 'value_after'].map((name) => textOf(row[name] ?? 'NULL'));
  return `${names.map((name) => textOf(row[name] ?? null)).join('|')}: ${before} → ${after}`;
}
