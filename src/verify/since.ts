/** What Harvest has changed after the last sync, as far as it tells: asked for when something differs, once. */
import { fetchPages } from '../harvest/pages.ts';
import type { JsonObject } from '../harvest/json.ts';
import { plainText } from '../sync/cast.ts';
import { monthOf } from '../sync/month.ts';
import type { Scope } from './scope.ts';

/** Records of one stream that changed. */
interface Changed {
  readonly ids: ReadonlySet<string>;
  readonly months: ReadonlySet<string>;
}

const NOTHING: Changed = { ids: new Set(), months: new Set() };

/** Streams of which a change shows in other tables, without a newer `updated_at` there. */
const FACTS_OF: Readonly<Record<string, readonly string[]>> = {
  time: ['time_entries'],
  expenses: ['expenses'],
};
const MONEY = ['time_entries', 'expenses', 'invoices', 'projects'];

/** Answers whether a difference may come from a change after the last sync. */
export class ChangedSince {
  readonly #scope: Scope;
  readonly #asked = new Map<string, Promise<Changed>>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Whether a record says itself that it changed after its table was synced; a running timer goes on changing. */
  isNewer(
    stream: string,
    { updated_at: at, is_running: isRunning }: Readonly<Record<string, unknown>>,
  ): boolean {
    const cursor = this.#scope.context.states.cursor(stream);
    if (isRunning === true) return true;
    // Harvest tells whole seconds: what happened within the second of the cursor may have been missed
    return typeof at === 'string' && cursor !== null && Date.parse(at) >= floorSecond(cursor);
  }

  /** Whether a record changed, such as the one that a name belongs to. */
  async isChanged(stream: string, id: string): Promise<boolean> {
    return (await this.#changed(stream)).ids.has(id);
  }

  /** Whether what a report month is made of changed. */
  async isRestated(report: string, month: string): Promise<boolean> {
    const facts = FACTS_OF[report.split('_')[0] ?? ''];
    if (facts !== undefined) return this.#someIn(facts, month);
    return (await this.#someIn(['time_entries', 'expenses'], month)) || (await this.isBudgetMoved());
  }

  /** Whether anything changed that moves budgets, or what is not invoiced yet. */
  async isBudgetMoved(): Promise<boolean> {
    const changed = await Promise.all(MONEY.map((stream) => this.#changed(stream)));
    return changed.some(({ ids }) => ids.size > 0);
  }

  async #someIn(streams: readonly string[], month: string): Promise<boolean> {
    const changed = await Promise.all(streams.map((stream) => this.#changed(stream)));
    return changed.some(({ months }) => months.has(month));
  }

  #changed(stream: string): Promise<Changed> {
    const asked = this.#asked.get(stream) ?? this.#read(stream);
    this.#asked.set(stream, asked);
    return asked;
  }

  /** A stream that is not stored lags as long as the oldest of those that are. */
  async #read(name: string): Promise<Changed> {
    const { context, streams } = this.#scope;
    const stream = context.catalog.streams.get(name);
    const cursors = [...streams.keys()].map((each) => context.states.cursor(each) ?? '');
    const cursor = context.states.cursor(name) ?? cursors.toSorted()[0] ?? '';
    if (stream?.records === undefined || cursor === '') return NOTHING;
    const { module } = stream;
    if (module !== undefined && context.account.modules[module] === false) return NOTHING;
    const ids = new Set<string>();
    const months = new Set<string>();
    const since = { updated_since: askedSince(cursor) };
    // the plain list may leave out what the filter shows
    for (const query of [
      since,
      ...(stream.hidden_by === undefined ? [] : [{ ...since, ...stream.hidden_by }]),
    ]) {
      const pages = fetchPages(context.client, {
        path: stream.path,
        query,
        records: stream.records,
        bucket: stream.limit_class,
        stream: name,
        signal: context.signal,
      });
      for await (const { records } of pages) {
        for (const record of records) {
          if (isBefore(record, cursor)) continue;
          ids.add(plainText(record['id']));
          const date = dateOf(record, stream.dated);
          if (date !== null) months.add(monthOf(date));
        }
      }
    }
    for (const month of await this.#monthsBefore(name, stream.dated, ids)) months.add(month);
    return { ids, months };
  }

  /** The months where the rows of changed records stood. */
  async #monthsBefore(
    name: string,
    dated: string | undefined,
    ids: ReadonlySet<string>,
  ): Promise<readonly string[]> {
    if (dated === undefined || ids.size === 0 || !this.#scope.context.configured.has(name)) return [];
    const where = { column: 'id', values: [...ids] };
    const rows = await this.#scope.context.warehouse.readRows(name, [dated], where, name);
    return rows.flatMap(([date]) => (date === null || date === undefined ? [] : [monthOf(date)]));
  }
}

/** Whether a record that was asked for changed before the second of the cursor. */
function isBefore({ updated_at: at }: JsonObject, cursor: string): boolean {
  return typeof at === 'string' && Date.parse(at) < floorSecond(cursor);
}

function dateOf(record: JsonObject, dated: string | undefined): string | null {
  const date = record[dated ?? ''];
  return typeof date === 'string' ? date : null;
}

/**
 * What to ask for to get all that changed in or after the second of a cursor: Harvest does not say whether the instant that
 * is asked for belongs to it.
 * @see Harvest API v2 docs, Time Entries: updated_since (checked 2026-11-20)
 */
export function askedSince(cursor: string): string {
  return new Date(floorSecond(cursor) - 1000).toISOString().replace('.000Z', 'Z');
}

function floorSecond(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000) * 1000;
}
