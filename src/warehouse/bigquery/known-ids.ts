import type { Place } from './place.ts';
import { listIds } from './reads.ts';

/** Ids as they were listed last: those of a table and column are asked for once for each time it was written to. */
export class KnownIds {
  readonly #place: Place;
  readonly #ids = new Map<string, { readonly generation: number; readonly ids: readonly string[] }>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** Up to `limit` ids greater than `after`, ascending; `generation` counts how often the table was written to. */
  async after(
    {
      table,
      column,
      generation,
    }: { readonly table: string; readonly column: string; readonly generation: number },
    after: string | null,
    limit: number,
  ): Promise<readonly string[]> {
    const key = `${table}.${column}`;
    const known = this.#ids.get(key);
    const ids = known?.generation === generation ? known.ids : await listIds(table, column, this.#place);
    this.#ids.set(key, { generation, ids });
    const from = after === null ? 0 : ids.findIndex((id) => BigInt(id) > BigInt(after));
    return from < 0 ? [] : ids.slice(from, from + limit);
  }
}
