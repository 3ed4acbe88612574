/** Lists that count as read without being read: pages, and the links from one to the next. */
import { ConnectorError } from '../../errors.ts';
import type { JsonObject } from '../../harvest/json.ts';
import { STAND_IN_URL } from './asked.ts';

/** A list that counts as read. */
export interface StandInList {
  /** Key of the answer that holds the records. */
  readonly records: string;
  readonly pages: number;
  /** Whether its links are those of a list that is paged by cursor. */
  readonly byCursor: boolean;
  /** What some of its pages hold; the others are empty. */
  readonly on?: ReadonlyMap<number, readonly JsonObject[]>;
}

/** The lists of one plan. */
export class StandInLists {
  readonly #lists = new Map<string, StandInList>();

  /** Takes a list in; its pages are asked for by this id. */
  keep(list: StandInList): string {
    const id = String(this.#lists.size + 1);
    this.#lists.set(id, list);
    return id;
  }

  /** A page as Harvest would send it, but without totals. */
  page(id: string, number: number): JsonObject {
    const list = this.#lists.get(id);
    if (list === undefined) throw new ConnectorError('INTERNAL', `A plan keeps no list ${id}`);
    const next = number < list.pages ? this.link(id, number + 1) : null;
    return pageBody(list.records, list.on?.get(number) ?? [], next);
  }

  /** The link to a page. */
  link(id: string, number: number): string {
    const byCursor = this.#lists.get(id)?.byCursor === true;
    return `${STAND_IN_URL}${id}?page=${number}${byCursor ? '&cursor=plan' : ''}`;
  }
}

/** A page without a total: nobody takes what it does not hold for a list that has moved. */
export function pageBody(records: string, on: readonly JsonObject[], next: string | null = null): JsonObject {
  return { [records]: on, links: { next } };
}

/** A page of Harvest's that does not say how long its list is. */
export function withoutTotals(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !name.startsWith('total_')));
}
