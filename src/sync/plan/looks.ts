/** What a plan does ask Harvest: each question once, and how many that were. */
import type { Stream } from '../../catalog/stream.ts';
import { fetchCount, type ListCount } from '../../harvest/pages.ts';
import { isObject, type JsonObject } from '../../harvest/json.ts';
import type { HarvestClient, HarvestRequest, HarvestResponse } from '../../harvest/types.ts';

/** A query as the engine writes it. */
export type Query = Readonly<Record<string, string | number>>;

/** The newest and the oldest record of a dated list, in Harvest's order. */
export interface Ends {
  readonly newest: JsonObject | null;
  readonly oldest: JsonObject | null;
}

/** Looks at Harvest, and remembers what was seen. */
export class Looks {
  /** Harvest's clock at the newest answer: ISO instant. */
  date = '';
  readonly #client: HarvestClient;
  readonly #answers = new Map<string, Promise<HarvestResponse>>();

  constructor(client: HarvestClient) {
    this.#client = client;
  }

  /** Asks, unless just this was asked before. @throws ConnectorError what HarvestClient.get throws */
  async get(request: HarvestRequest): Promise<HarvestResponse> {
    const id = idOf(request);
    const answer = this.#answers.get(id) ?? this.#client.get(request);
    this.#answers.set(id, answer);
    const response = await answer;
    if (response.date > this.date) this.date = response.date;
    return response;
  }

  /** Whether a count was asked for already. */
  isCounted(stream: Stream, query: Query): boolean {
    return this.#answers.has(idOf({ path: stream.path, query: { ...query, per_page: 1 } }));
  }

  /** How many records a list has. @throws ConnectorError what fetchCount throws */
  async count(stream: Stream, query: Query): Promise<ListCount> {
    const { per_page: _, ...rest } = query;
    const { path, name, limit_class: bucket, records } = stream;
    const request = {
      path,
      query: rest,
      bucket,
      stream: name,
      ...(records === undefined ? {} : { records }),
    };
    return fetchCount({ get: (asked) => this.get(asked) }, request);
  }

  /** The records at both ends of a list, with one request beside its count. */
  async ends(stream: Stream, query: Query): Promise<Ends> {
    const { first, last } = await this.count(stream, query);
    if (last === null) return { newest: first, oldest: first };
    const { body } = await this.get({ path: last, bucket: stream.limit_class, stream: stream.name });
    const records = body[stream.records ?? ''];
    const oldest: unknown = Array.isArray(records) ? records.at(-1) : null;
    return { newest: first, oldest: isObject(oldest) ? oldest : null };
  }
}

function idOf({ path, query = {} }: Pick<HarvestRequest, 'path' | 'query'>): string {
  return JSON.stringify([path, Object.entries(query).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
