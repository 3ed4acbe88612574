/** Whether what a lagging cell is made of has changed after its record did: asked for when a cell differs, once each. */
import type { JsonObject } from '../harvest/json.ts';
import { fetchPages } from '../harvest/pages.ts';
import { plainText } from '../sync/cast.ts';
import type { RunContext } from '../sync/context.ts';
import type { Row, RowValue } from '../warehouse/table.ts';
import { sourcesOf, type Source } from './lags.ts';

/** A cell that differs, and the record that it is of. */
export interface LaggingCell {
  readonly table: string;
  /** As differences name it. */
  readonly column: string;
  readonly harvest: string | null;
  /** The shaped record. */
  readonly row: Row;
}

/** When a record changed, and from when on it applies, in milliseconds. */
interface Times {
  readonly changed: number | null;
  readonly begins: number | null;
}

type TimesById = ReadonlyMap<string, Times>;

/** Answers from Harvest, each asked for once. */
export class Evidence {
  readonly #context: RunContext;
  readonly #lists = new Map<string, Promise<TimesById | null>>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /**
   * Whether a cell lags: it may, and something that it is made of changed in or after the second in which its record did.
   * The row was delivered after that, so that it has all that was changed before.
   */
  async explains(cell: LaggingCell): Promise<boolean> {
    const sources = sourcesOf(cell.table, cell.column, cell.harvest);
    if (sources === null) return false;
    const since = instantOf(cell.row['updated_at']);
    if (since === null) return true;
    for (const source of sources) if (await this.#changed(source, cell, since)) return true;
    return false;
  }

  async #changed(source: Source, cell: LaggingCell, since: number): Promise<boolean> {
    if (source === 'unknown') return true;
    const holder = holderOf(cell);
    if ('embedded' in source) {
      const at = holder[`${source.embedded}_updated_at`];
      // an assignment that was deleted since leaves nothing behind
      return at === undefined || at === null || isSince(instantOf(at), since);
    }
    const id = holder[source.column];
    if (typeof id !== 'string' && typeof id !== 'number') return true;
    if ('rates' in source) {
      const times = await this.#read(source.rates, String(id));
      const isNew = ({ changed, begins }: Times): boolean =>
        isSince(changed, since) || (source.asOf === 'today' && begins !== null && begins >= since);
      return times === null || [...times.values()].some(isNew);
    }
    const times = await this.#read(source.stream, null);
    return times === null || isSince(times.get(String(id))?.changed ?? null, since);
  }

  /** null: it cannot be read. */
  #read(name: string, parent: string | null): Promise<TimesById | null> {
    const key = `${name} ${parent ?? ''}`;
    const known = this.#lists.get(key) ?? this.#list(name, parent);
    this.#lists.set(key, known);
    return known;
  }

  async #list(name: string, parent: string | null): Promise<TimesById | null> {
    const { catalog, client, signal } = this.#context;
    const stream = catalog.streams.get(name);
    if (stream?.records === undefined) return null;
    const times = new Map<string, Times>();
    const request = {
      path: stream.path.replace(/\{\w+\}/, parent ?? ''),
      query: {},
      records: stream.records,
      bucket: stream.limit_class,
      stream: name,
      signal,
    };
    try {
      for await (const { records } of fetchPages(client, request)) {
        for (const record of records) times.set(plainText(record['id']), timesOf(record));
      }
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== 'HARVEST_FORBIDDEN' && code !== 'HARVEST_NOT_FOUND') throw error;
      return null;
    }
    return times;
  }
}

/** The row, or the element of a list that a cell stands in. */
function holderOf({ column, row }: LaggingCell): Row {
  const [, list = '', at = ''] = /^(\w+)\[(\d+)\]/.exec(column) ?? [];
  const elements = row[list];
  const element = Array.isArray(elements) ? (elements as readonly RowValue[])[Number(at)] : undefined;
  return typeof element === 'object' && element !== null ? (element as Row) : row;
}

function timesOf({ updated_at: updated, start_date: start }: JsonObject): Times {
  return { changed: instantOf(updated), begins: instantOf(start) };
}

function instantOf(value: unknown): number | null {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

/** What is not there any more may have been changed by going. */
function isSince(time: number | null, since: number): boolean {
  return time === null || time >= since;
}
