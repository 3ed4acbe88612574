/** When the records of a list changed, as Harvest tells it; each list is read once. */
import type { JsonObject } from '../harvest/json.ts';
import { fetchPages } from '../harvest/pages.ts';
import { plainText } from '../sync/cast.ts';
import type { RunContext } from '../sync/context.ts';

/** When a record changed, and from when on it applies, in milliseconds; null: it does not say. */
export interface Times {
  readonly changed: number | null;
  readonly begins: number | null;
}

type TimesById = ReadonlyMap<string, Times>;

/** Lists of Harvest's, each read when it is first asked for. */
export class Changes {
  readonly #context: RunContext;
  readonly #lists = new Map<string, Promise<TimesById | null>>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /**
   * The records of a stream by id, those of one parent where it has any. null: it cannot be read.
   * @throws what the client throws otherwise
   */
  of(name: string, parent: string | null): Promise<TimesById | null> {
    const key = `${name} ${parent ?? ''}`;
    const known = this.#lists.get(key) ?? this.#read(name, parent);
    this.#lists.set(key, known);
    return known;
  }

  async #read(name: string, parent: string | null): Promise<TimesById | null> {
    const { catalog, client, signal } = this.#context;
    const stream = catalog.streams.get(name);
    if (stream?.records === undefined) return null;
    const times = new Map<string, Times>();
    // the plain list may leave out what the filter shows
    for (const query of [{}, ...(stream.hidden_by === undefined ? [] : [stream.hidden_by])]) {
      const request = {
        path: stream.path.replace(/\{\w+\}/, parent ?? ''),
        query,
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
    }
    return times;
  }
}

function timesOf({ updated_at: updated, start_date: start }: JsonObject): Times {
  return { changed: instantOf(updated), begins: instantOf(start) };
}

/** An instant or a date in milliseconds; null where it is none. */
export function instantOf(value: unknown): number | null {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
