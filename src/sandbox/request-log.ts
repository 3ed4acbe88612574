/** Which requests came, for tests that count them. The sandbox's own controls are not among them. */

export interface LoggedRequest {
  readonly method: string;
  /** Path and query as sent, without tokens. */
  readonly url: string;
  /** `GET /v2/invoices/{id}/messages` */
  readonly route: string;
  readonly status: number;
}

/** How many requests the list keeps; the counts go on. */
const KEPT = 50_000;

export class RequestLog {
  #list: LoggedRequest[] = [];
  readonly #routes = new Map<string, Map<number, number>>();
  #total = 0;

  add(request: LoggedRequest): void {
    this.#total += 1;
    if (this.#list.length < KEPT) this.#list.push(request);
    const statuses = this.#routes.get(request.route) ?? new Map<number, number>();
    statuses.set(request.status, (statuses.get(request.status) ?? 0) + 1);
    this.#routes.set(request.route, statuses);
  }

  /** All requests since the last reset. A cut one has status 0. */
  get total(): number {
    return this.#total;
  }

  /** The first requests since the last reset, in the order of their answers. */
  get list(): readonly LoggedRequest[] {
    return this.#list;
  }

  /** Requests whose route matches, such as `/v2/time_entries` or a pattern. */
  count(route: string | RegExp): number {
    let sum = 0;
    for (const [name, statuses] of this.#routes) {
      const hit = typeof route === 'string' ? name.endsWith(` ${route}`) || name === route : route.test(name);
      if (hit) for (const count of statuses.values()) sum += count;
    }
    return sum;
  }

  /** `{ 'GET /v2/clients': { '200': 3 } }` */
  byRoute(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      [...this.#routes].map(([route, statuses]) => [route, Object.fromEntries(statuses)]),
    );
  }

  reset(): void {
    this.#list = [];
    this.#routes.clear();
    this.#total = 0;
  }
}
