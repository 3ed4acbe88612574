/**
 * Stands in for Harvest's client while a plan is made: the engine asks it as it would ask Harvest. What changed and how many
 * records there are is looked up; lists, children and reports count as read without being read. Every request that a sync
 * would send is told as the event `request.sent`, so that it is counted like one.
 */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Stream } from '../../catalog/stream.ts';
import { ConnectorError } from '../../errors.ts';
import type { Emit } from '../../events.ts';
import type { JsonObject } from '../../harvest/json.ts';
import {
  LARGEST_PAGE,
  type HarvestClient,
  type HarvestRequest,
  type HarvestResponse,
} from '../../harvest/types.ts';
import { askedBy } from './asked.ts';
import type { Desk } from './desk.ts';
import type { Looks, Query } from './looks.ts';
import { Sizes, spanOf, type RowsIn } from './sizes.ts';
import { pagesOf } from './spread.ts';
import { pageBody, StandInLists, withoutTotals } from './stand-in-lists.ts';

/** Pages of changes that are read; of a longer list the rest counts as read. */
const MOST_CHANGES = 5;

/** What the client has to know of the run that is planned. */
export interface PlannedRun {
  /** Whether the stream's table is kept up, so that its list is only looked at for what is gone. */
  isKept(stream: Stream): boolean;
  /** Whether the stream is read again since columns of it are wanted anew. */
  isRefilled(stream: string): boolean;
  /** Whether dates of the kept table are loaded that it does not have yet. */
  isOwed(stream: Stream): boolean;
  /** Whether an earlier run has found that the plain list leaves some records out. */
  isHiding(stream: Stream): boolean;
  /** Live rows of a kept table in a span. */
  readonly rowsIn: RowsIn;
}

/** What the client is made of. */
export interface PlanClientParts {
  readonly catalog: Catalog;
  readonly startDate: string | null;
  readonly looks: Looks;
  readonly desk: Desk;
  readonly emit: Emit;
}

/** See above. */
export class PlanClient implements HarvestClient {
  /** Streams of which more changed than was looked at. */
  readonly cut = new Set<string>();
  /** Whether the token may see everything. Where not, one request of a kind is sent, to see whether it is let through. */
  seesAll = true;
  /** Set once the run that is planned has its checkpoints. */
  run: PlannedRun | null = null;
  readonly #parts: PlanClientParts;
  readonly #sizes: Sizes;
  readonly #lists = new StandInLists();
  /** How the one request ended that was sent for a stream, by stream; null: it was let through. */
  readonly #probes = new Map<string, Promise<ConnectorError | null>>();
  /** The number of a page of changes by the link that leads to it. */
  readonly #numbers = new Map<string, number>();

  constructor(parts: PlanClientParts) {
    this.#parts = parts;
    this.#sizes = new Sizes(parts.startDate, parts.looks, parts.desk);
  }

  async get(request: HarvestRequest): Promise<HarvestResponse> {
    const { stream, bucket, purpose, path } = request;
    const { emit, catalog, looks, desk } = this.#parts;
    emit({ event: 'request.sent', stream, bucket, url: path, ...(purpose && { purpose }) });
    const asked = askedBy(request, catalog);
    switch (asked.kind) {
      case 'account':
        return looks.get(request);
      case 'link':
        return this.#changes(request, this.#numbers.get(path) ?? 1);
      case 'changes':
        return this.#changes(request, 1);
      case 'more':
        return this.#answer(this.#lists.page(asked.list, asked.page));
      case 'report':
        await this.#assertSeen(request);
        return this.#reports(request);
      case 'children':
        await this.#assertSeen(request);
        desk.noteParent(stream ?? '', asked.parent);
        return this.#answer(this.#emptyOf(stream));
      case 'record':
        throw new ConnectorError('HARVEST_NOT_FOUND', `GET /${path} is not asked by a plan`);
      case 'count':
        return this.#count(asked.of, request);
      case 'list':
        return this.#list(asked.of, request);
      case 'ids':
        return this.#ids(asked.of);
    }
  }

  /** Whether a plain list leaves some records out: as an earlier run has found, or as counts tell. */
  async hides(of: Stream): Promise<boolean> {
    return this.run?.isKept(of) === true ? this.run.isHiding(of) : this.#sizes.hides(of);
  }

  /** @throws ConnectorError HARVEST_FORBIDDEN where the stream may not be seen */
  async #assertSeen(request: HarvestRequest): Promise<void> {
    if (this.seesAll) return;
    const stream = request.stream ?? '';
    const probe = this.#probes.get(stream) ?? this.#ask(request);
    this.#probes.set(stream, probe);
    const refusal = await probe;
    if (refusal !== null) throw refusal;
  }

  async #ask(request: HarvestRequest): Promise<ConnectorError | null> {
    try {
      await this.#parts.looks.get(request);
      return null;
    } catch (error) {
      // whether a parent is there is nothing that is asked here: it may stand for one that was not read
      if (!(error instanceof ConnectorError) || error.code === 'HARVEST_NOT_FOUND') return null;
      if (error.code === 'HARVEST_FORBIDDEN') return error;
      throw error;
    }
  }

  #answer(body: JsonObject): HarvestResponse {
    return { body, date: this.#parts.looks.date, ms: 0, bytes: 0 };
  }

  #emptyOf(stream: string | null): JsonObject {
    const { records = 'results' } = this.#parts.catalog.streams.get(stream ?? '') ?? {};
    return pageBody(records, []);
  }

  /** A page of changes as Harvest sends it; behind the last one that is looked at the list goes on without records. */
  async #changes(request: HarvestRequest, number: number): Promise<HarvestResponse> {
    const response = await this.#parts.looks.get(request);
    const { body } = response;
    const pages = typeof body['total_pages'] === 'number' ? body['total_pages'] : 1;
    const next = (body['links'] as JsonObject | undefined)?.['next'];
    if (pages <= MOST_CHANGES || typeof next !== 'string') return response;
    this.cut.add(request.stream ?? '');
    const rest = withoutTotals(body);
    if (number < MOST_CHANGES) {
      this.#numbers.set(next, number + 1);
      return { ...response, body: rest };
    }
    const records = Object.keys(body).find((key) => Array.isArray(body[key])) ?? '';
    const byCursor = new URL(next).searchParams.has('cursor');
    const id = this.#lists.keep({ records, pages, byCursor });
    return { ...response, body: { ...rest, links: { next: this.#lists.link(id, number + 1) } } };
  }

  /** Reports are never asked; what a list of budgets hides an earlier run has found out. */
  #reports({ stream, query = {} }: HarvestRequest): HarvestResponse {
    const found = this.#parts.catalog.streams.get(stream ?? '');
    const isCount = query['per_page'] === 1;
    if (found?.sync === 'full' && !isCount) this.#parts.desk.noteUnread(found.name, spanOf(query), null);
    const isHiding = found !== undefined && this.run?.isHiding(found) === true;
    return this.#answer({ ...this.#emptyOf(stream), total_entries: isCount && isHiding ? 1 : 0 });
  }

  /** A count is asked for, but that of records which a list may hide, where the list was not read. */
  async #count(of: Stream, request: HarvestRequest): Promise<HarvestResponse> {
    const query = filterOf(request);
    const filter = Object.entries(of.hidden_by ?? {});
    const isHidden = filter.length > 0 && filter.every(([name, value]) => query[name] === value);
    const isUnread = this.#parts.desk.heldBy(of.name, spanOf({})) !== undefined;
    if (isHidden && isUnread && of.name === request.stream) {
      const total = (await this.hides(of)) ? await this.#sizes.counted(of, query) : 0;
      return this.#answer({ ...this.#emptyOf(of.name), total_entries: total });
    }
    await this.#sizes.counted(of, query);
    return this.#parts.looks.get(request);
  }

  /** A list of the stream's own. What is looked at for what is gone is read where it is one page; else nothing is. */
  async #list(of: Stream, request: HarvestRequest): Promise<HarvestResponse> {
    const { run } = this;
    const { desk } = this.#parts;
    const query = filterOf(request);
    const isKept = run?.isKept(of) === true;
    const isOwed = isKept && run.isOwed(of);
    const isLooked = isKept && !isOwed;
    const size = isLooked ? this.#sizes.ofKept(of, query, run.rowsIn) : this.#sizes.ofNew(of, query);
    const { held, pages } = await size;
    const isSeen = isKept || run?.isRefilled(of.name) === true;
    if (isSeen && pages === 1) return this.#read(of, request);
    const sample = isLooked ? [] : await this.#sizes.sample(of, isOwed ? query : this.#sizes.wholeQuery);
    if (isOwed) desk.noteLoaded(of.name);
    else desk.noteUnread(of.name, spanOf(query), held);
    const on = new Map([[1, sample]]);
    const list = { records: of.records ?? '', pages, byCursor: of.dated === undefined, on };
    return this.#answer(this.#lists.page(this.#lists.keep(list), 1));
  }

  async #read(of: Stream, request: HarvestRequest): Promise<HarvestResponse> {
    const response = await this.#parts.looks.get(request);
    const { total_entries: total } = response.body;
    if (typeof total === 'number') this.#sizes.seen(of, filterOf(request), total);
    return response;
  }

  /** All ids of a list whose own stream is not stored: as many stand-ins as Harvest counts. */
  async #ids(of: Stream): Promise<HarvestResponse> {
    const total = await this.#sizes.counted(of, {});
    const inside = of.dated === undefined ? total : await this.#sizes.counted(of, this.#sizes.wholeQuery);
    const ids = this.#parts.desk.standIns(inside).map((id) => ({ id }));
    const pages = pagesOf(total);
    const pageOf = (at: number): readonly JsonObject[] =>
      ids.slice(at * LARGEST_PAGE, (at + 1) * LARGEST_PAGE);
    const on = new Map(Array.from({ length: pages }, (_, at) => [at + 1, pageOf(at)] as const));
    const list = { records: of.records ?? '', pages, byCursor: of.dated === undefined, on };
    return this.#answer(this.#lists.page(this.#lists.keep(list), 1));
  }
}

/** The query without the size of pages. */
function filterOf({ query = {} }: HarvestRequest): Query {
  const { per_page: _, ...filter } = query;
  return filter;
}
