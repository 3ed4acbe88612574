/** The pages of one list that are in the air or have come and wait for their turn, in order. */
import { ConnectorError } from '../errors.ts';
import { REQUESTS_IN_FLIGHT } from './rate-limit.ts';
import type { HarvestResponse, ListRequest, Page } from './types.ts';

/** A link that counts pages. */
export interface NumberedLink {
  readonly page: number;
  /** The link to another page of the same list. */
  readonly to: (page: number) => string;
}

/** What a link says of the page it leads to; null where it does not count pages. Pure. */
export function numberedLink(link: string): NumberedLink | null {
  if (!URL.canParse(link)) return null;
  const url = new URL(link);
  const page = Number(url.searchParams.get('page') ?? Number.NaN);
  if (url.searchParams.has('cursor') || !Number.isSafeInteger(page) || page < 1) return null;
  return {
    page,
    to: (other) => {
      const there = new URL(url);
      there.searchParams.set('page', String(other));
      return there.href;
    },
  };
}

/** Whether two links ask for the same, however their queries are ordered and written. */
function isSameLink(one: string | null, other: string): boolean {
  if (one === null || !URL.canParse(one) || !URL.canParse(other)) return one === other;
  const [a, b] = [new URL(one), new URL(other)];
  for (const url of [a, b]) url.searchParams.sort();
  return a.href === b.href;
}

/** How a request ended; as a value, so that a failure nobody waits for yet does not count as unhandled. */
type Settled = { readonly response: HarvestResponse } | { readonly failure: unknown };

interface Asked {
  /** The link that was asked for; null: the first page without one. */
  readonly link: string | null;
  readonly answer: Promise<Settled>;
  readonly leave: () => void;
}

/** Sends the request of a link, or the first one. */
export type Send = (link: string | null, signal: AbortSignal) => Promise<HarvestResponse>;

/** What a line needs to know of the list. */
type PagesAsked = Pick<ListRequest, 'stream' | 'signal' | 'ahead' | 'onAllAsked'>;

/** Pages of one list, asked for in order and handed out in order. */
export class PageLine {
  readonly #send: Send;
  readonly #request: PagesAsked;
  #asked: Asked[] = [];
  /** The page that is worked on. */
  #present: Asked | null = null;
  /** Whether links came as they were expected so far; a list that once had another one is read link by link. */
  #isForeseen = true;

  constructor(send: Send, request: PagesAsked) {
    this.#send = send;
    this.#request = request;
  }

  /** Asks for the first page, or the one that a link leads to. */
  begin(link: string | null): void {
    this.#ask(link, () => undefined);
  }

  /** The answer whose turn it is; null: there is none left. */
  async next(): Promise<HarvestResponse | null> {
    this.#present?.leave();
    this.#present = this.#asked.shift() ?? null;
    if (this.#present === null) return null;
    const settled = await this.#present.answer;
    if ('failure' in settled) throw settled.failure;
    this.#request.ahead?.note(this.#request.stream, settled.response.bytes);
    return settled.response;
  }

  /** Goes on from a page: to where its link leads, and as far ahead as is allowed. */
  goOn(next: string | null, { totalPages }: Pick<Page, 'totalPages'>): void {
    if (next === null) this.#leaveAsked();
    else this.#askNext(next);
    if (next === null || !this.#askAhead(numberedLink(next), totalPages)) this.#request.onAllAsked?.();
  }

  /** Asks for the page that a link leads to, if nobody has. */
  #askNext(next: string): void {
    const [foreseen] = this.#asked;
    if (foreseen !== undefined && !isSameLink(foreseen.link, next)) {
      this.#isForeseen = false;
      this.#leaveAsked();
    }
    if (this.#asked.length === 0) this.#ask(next, () => undefined);
  }

  /** Asks for pages beyond the next one. Answers whether there will be more to ask for than the links of pages lead to. */
  #askAhead(link: NumberedLink | null, totalPages: number | null): boolean {
    const { ahead, stream } = this.#request;
    if (!this.#isForeseen || ahead === undefined || link === null || totalPages === null) return false;
    for (;;) {
      const page = link.page + this.#asked.length;
      if (page > totalPages) return false;
      if (this.#asked.length >= REQUESTS_IN_FLIGHT.general) return true;
      const giveBack = ahead.take(stream);
      if (giveBack === null) return true;
      this.#ask(link.to(page), giveBack);
    }
  }

  /** Ends what is in the air. */
  leave(): void {
    this.#present?.leave();
    this.#leaveAsked();
  }

  #leaveAsked(): void {
    for (const { leave } of this.#asked) leave();
    this.#asked = [];
  }

  #ask(link: string | null, giveBack: () => void): void {
    const leaving = new AbortController();
    const { signal: ending } = this.#request;
    const signal = ending === undefined ? leaving.signal : AbortSignal.any([ending, leaving.signal]);
    const answer = this.#send(link, signal).then(
      (response): Settled => ({ response }),
      (failure: unknown): Settled => ({ failure }),
    );
    const leave = (): void => {
      giveBack();
      leaving.abort(new ConnectorError('RUN_INTERRUPTED', 'The rest of the list is not wanted any more.'));
    };
    this.#asked.push({ link, answer, leave });
  }
}
