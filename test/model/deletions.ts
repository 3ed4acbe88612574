/** What `_deletions` says, and whether it says each deletion once and how it was found. */
import type { Canonical } from '../support/tables.ts';
import type { StoredRow } from './store.ts';
import type { World } from './world.ts';

/** Streams whose rows are replaced without being noted one by one. */
const NOT_NOTED =
  /^(?:company|project_budget|uninvoiced|(?:time|expenses)_(?:clients|projects|tasks|categories|team))$/;

/** Streams whose rows can go and come back under the same key. */
const COME_BACK =
  /^(?:time_entries|expenses|invoices|estimates|invoice_messages|invoice_payments|estimate_messages|project_assignments)$/;

const WAYS = new Set<Canonical>(['count', 'sweep', 'parent', 'moved', 'backfill']);

export class Deletions {
  readonly #notes = new Map<string, StoredRow[]>();

  constructor(rows: readonly StoredRow[]) {
    for (const row of rows) {
      // keys are numbers, which the tables show with a mark
      const name = `${String(row['stream'])} #${String(row['record_key'])}`;
      this.#notes.set(name, [...(this.#notes.get(name) ?? []), row]);
    }
  }

  /** How often each key was noted. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#notes].map(([name, notes]) => [name, notes.length]));
  }

  /** Whether a row that is kept was noted as gone since it was written. */
  isGone(table: string, key: string, syncedAt: Canonical): boolean {
    const notes = this.#notes.get(`${table} ${key}`) ?? [];
    return notes.some((note) => Date.parse(String(note['found_at'])) >= Date.parse(String(syncedAt)));
  }

  /** What is wrong with the notes since the last comparison, when `world.live` were the live rows. */
  problems(
    world: World,
    live: ReadonlyMap<string, ReadonlySet<string>>,
    streams: readonly string[],
  ): readonly string[] {
    const problems: string[] = [];
    for (const [name, notes] of this.#notes) {
      const [stream = '', key = ''] = name.split(' ');
      const isNew = notes.length > (world.noted.get(name) ?? 0);
      for (const { how } of notes)
        if (!WAYS.has(how ?? null)) problems.push(`${name} went by ${String(how)}`);
      if (notes.length > 1 && !COME_BACK.test(stream))
        problems.push(`${name} is noted ${notes.length} times`);
      if (isNew && !COME_BACK.test(stream) && live.get(stream)?.has(key) === true)
        problems.push(`${name} is noted as deleted, but is there`);
    }
    for (const stream of streams.filter((each) => !NOT_NOTED.test(each))) {
      const known = new Set(Array.from(world.account.truth(stream), ({ id }) => `#${String(id)}`));
      for (const key of world.live?.get(stream) ?? []) {
        if (live.get(stream)?.has(key) === true) continue;
        problems.push(...this.#problemsOf(`${stream} ${key}`, known.has(key), world));
      }
    }
    return problems;
  }

  /** What is wrong with the notes of a row that is gone. */
  #problemsOf(name: string, isStillThere: boolean, world: World): readonly string[] {
    const notes = this.#notes.get(name) ?? [];
    if (notes.length <= (world.noted.get(name) ?? 0)) return [`${name} is gone and not noted`];
    const isDated = /^(?:time_entries|expenses|invoices|estimates) /.test(name);
    if (!isDated) return [];
    const how = notes.at(-1)?.['how'];
    // a full refresh does not ask for what lies before start_date
    if (isStillThere && how !== 'moved' && how !== 'sweep')
      return [`${name} moved before start_date, but went by ${String(how)}`];
    if (!isStillThere && how === 'moved' && !world.movedLater)
      return [`${name} was deleted, but went by moved`];
    return [];
  }
}
